"""What neither a compiler nor clang-format says of the sources: sizes, left-overs, floats near money,
assertions that do something, and modules that no test names.

usage: check_tidy.py SOURCE_DIR
"""

import pathlib
import re
import subprocess
import sys

LINES_MAX = 600  # readable in one sitting; a table (.def) may have as many rows as there are
COLUMNS_MAX = 100

# Modules without a test program of their own name, and the test that runs them.
TESTED_BY = {
    "services/api/api_call.c": "tests/unit/test_api_serve.c",
    "services/api/api_command.c": "tests/integration/test_api.py",
    "services/api/api_events.c": "tests/integration/test_api.py",
    "services/api/api_keys_file.c": "tests/unit/test_api_keys.c",
    "services/api/api_openapi.c": "tests/unit/test_api_serve.c",
    "services/api/api_read.c": "tests/integration/test_api.py",
    "services/api/api_settings.c": "tests/integration/test_api.py",
    "services/api/api_table.c": "tests/unit/test_api_serve.c",
    "services/api/api_usage.c": "tests/unit/test_api_serve.c",
    "services/autopay/autopay_walk.c": "tests/unit/test_state_walks.c",
    "services/base/hole.c": "tests/unit/test_page_hole.c",
    "services/documents/documents_walk.c": "tests/unit/test_state_walks.c",
    "services/ledger/ledger_ending.c": "tests/unit/test_ledger_decide_ending.c",
    "services/ledger/ledger_holds.c": "tests/unit/test_ledger_decide_refund.c",
    "services/ledger/ledger_walk.c": "tests/unit/test_state_walks.c",
    "services/metering/metering_batch.c": "tests/unit/test_metering_quotas.c",
    "services/metering/metering_decide_count.c": "tests/unit/test_metering_counts.c",
    "services/metering/metering_late.c": "tests/unit/test_metering_decide_charging.c",
    "services/metering/metering_walk.c": "tests/unit/test_state_walks.c",
    "services/notify/notify_walk.c": "tests/unit/test_state_walks.c",
    "services/payment/payment_form_receipt.c": "tests/unit/test_payment_decide_receipt.c",
    "services/payment/payment_form_refund.c": "tests/unit/test_payment_decide_refund.c",
    "services/payment/payment_light.c": "tests/unit/test_payment_decide_refund.c",
    "services/payment/payment_query_refund.c": "tests/unit/test_payment_decide_refund.c",
    "services/payment/payment_receipts.c": "tests/unit/test_payment_decide_receipt.c",
    "services/payment/payment_refunds.c": "tests/unit/test_payment_decide_refund.c",
    "services/payment/payment_walk.c": "tests/unit/test_state_walks.c",
    "services/payment/payment_work.c": "tests/unit/test_payment_decide_evidence.c",
    "services/process/begin.c": "tests/integration/test_shell.c",
    "services/process/client.c": "tests/integration/test_shell.c",
    "services/process/disk_look.c": "tests/integration/disk_full.py",
    "services/process/doors.c": "tests/integration/test_security_matrix.c",
    "services/process/links.c": "tests/integration/test_shell.c",
    "services/process/outside_mail.c": "tests/integration/test_contacts.py",
    "services/process/past.c": "tests/integration/test_shell.c",
    "services/process/program.c": "tests/integration/test_sealed_start.py",
    "services/process/reader_thread.c": "tests/integration/test_shell.c",
    "services/process/refused.c": "tests/integration/test_places.py",
    "services/process/revival.c": "tests/integration/test_sealed_start.py",
    "services/process/security/authenticator.c": "tests/integration/test_security_matrix.c",
    "services/process/security/security.c": "tests/integration/test_security_matrix.c",
    "services/process/security/syscalls.c": "tests/unit/test_sandbox.c",
    "services/process/settings_relay.c": "tests/integration/test_contacts.py",
    "services/process/snapshot_audit.c": "tests/integration/test_sealed_start.py",
    "services/process/snapshots.c": "tests/integration/test_sealed_start.py",
    "services/robokassa/robokassa_json.c": "tests/unit/test_robokassa_refund.c",
    "services/web/web_face.c": "tests/integration/test_web.py",
    "store/lmdb/journal_lmdb_leave.c": "tests/unit/test_journal_move.c",
    "store/postgresql/postgresql_copy.c": "tests/unit/test_journal_transfer.c",
    "store/postgresql/postgresql_leave.c": "tests/unit/test_journal_move.c",
    "store/postgresql/postgresql_link.c": "tests/unit/test_journal_postgresql.c",
    "store/postgresql/postgresql_read.c": "tests/unit/test_journal_postgresql.c",
    "store/postgresql/postgresql_rows.c": "tests/unit/test_journal_postgresql.c",
    "store/postgresql/postgresql_schema.c": "tests/unit/test_journal_postgresql.c",
    "store/postgresql/postgresql_values.c": "tests/unit/test_journal_postgresql.c",
    "store/segment_copy.c": "tests/unit/test_journal_lmdb_copy.c",
}

# Where every source has a test of its name. A main is tested by running it.
TESTED = re.compile(r"(proto|store(/\w+)?|services/\w+(/security)?)/\w+\.c")

STRING = re.compile(r'"(?:[^"\\\n]|\\.)*"' + r"|'(?:[^'\\\n]|\\.)*'")
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.DOTALL)
LEFT_OVER = re.compile(r"\b(TODO|FIXME|XXX)\b")
FLOAT = re.compile(r"\b(float|double|strtod|strtof|atof)\b")
EFFECT = re.compile(r"\+\+|--|(?<![=!<>])=(?!=)")


def blank(match):
    """Keeps the lines where they are."""
    return "\n" * match.group().count("\n")


def assertions(code):
    """Yields the offset and the argument of each assert."""
    for match in re.finditer(r"\bassert\(", code):
        depth, at = 1, match.end()
        while depth and at < len(code):
            depth += {"(": 1, ")": -1}.get(code[at], 0)
            at += 1
        yield match.start(), code[match.end():at - 1]


def check_c(path, text, complain):
    code = COMMENT.sub(blank, STRING.sub('""', text))
    for offset, argument in assertions(code):
        if EFFECT.search(argument):
            complain(path, code.count("\n", 0, offset) + 1, "an assertion with a side effect")
    if path.split("/")[0] in ("proto", "store", "services"):
        for match in FLOAT.finditer(code):
            complain(path, code.count("\n", 0, match.start()) + 1, "a float near money")


def check_tests(root, files, complain):
    """Each source has a test of its name; no two tests and no two sources have one name."""
    tests, stems = {}, {}
    for path in files:
        stem = pathlib.PurePath(path).stem
        if path.startswith("tests/") and re.fullmatch(r"(test|fuzz)_\w+\.(c|py)", path.split("/")[-1]):
            if stem in tests:
                complain(path, 1, f"a second test of this name: {tests[stem]}")
            tests[stem] = path
    for path in files:
        if not TESTED.fullmatch(path) or path.endswith("_main.c"):
            continue
        stem = pathlib.PurePath(path).stem
        if stem in stems:
            complain(path, 1, f"a second source of this name: {stems[stem]}")
        stems[stem] = path
        named = f"test_{stem}" in tests or f"fuzz_{stem}" in tests
        if path in TESTED_BY and (named or not (root / TESTED_BY[path]).exists()):
            complain("tests/lint/check_tidy.py", 1, f"TESTED_BY is wrong about {path}")
        elif path not in TESTED_BY and not named:
            complain(path, 1, "no test of its name; see TESTED_BY")


def main():
    root = pathlib.Path(sys.argv[1])
    listed = subprocess.run(["git", "-C", root, "ls-files", "-co", "--exclude-standard"],
                            capture_output=True, text=True, check=False)
    if listed.returncode:
        print("no git work tree: skipped")
        return 77
    files = [f for f in listed.stdout.split("\n") if f and (root / f).is_file()]
    found = []

    def complain(path, line, what):
        found.append(f"{path}:{line}: {what}")

    for path in files:
        is_c = path.endswith((".c", ".h"))
        if not is_c and not path.endswith((".py", ".def", ".sh", "CMakeLists.txt", ".cmake")):
            continue
        text = (root / path).read_text(encoding="utf-8")
        lines = text.split("\n")
        if len(lines) - 1 > LINES_MAX and not path.endswith(".def"):
            complain(path, LINES_MAX, f"{len(lines) - 1} lines; expected at most {LINES_MAX}")
        for number, line in enumerate(lines, 1):
            if is_c and len(line) > COLUMNS_MAX:
                complain(path, number, f"{len(line)} columns; expected at most {COLUMNS_MAX}")
            if LEFT_OVER.search(line) and path != "tests/lint/check_tidy.py":
                complain(path, number, "work that was left over")
        if is_c:
            check_c(path, text, complain)
    check_tests(root, files, complain)
    for line in found:
        print(line)
    return 1 if found else 0


sys.exit(main())
