#!/usr/bin/python3
"""The operators' desk over HTTP, against real processes: who may open it, what a form must have, that what is shown
is what is done and under whose name, that two persons are two desks, and that a customer's page is only looked at.

usage: test_desk.py BIN_DIRECTORY
"""
import re
import subprocess
import sys
import urllib.request
import uuid
from pathlib import Path

from desk_rig import Desk, carry_out, path_of, review, upload
from page_rig import Browser, World, check, equal, new_account, until
from process_rig import clean_up_when_told, wire


def uid(account):
    return str(uuid.UUID(bytes=account))


def nobody_without_a_link(world, desk):
    browser = Browser(desk.address)
    for path in ("/desk", "/desk/accounts", "/desk/proposals", "/balance", "/desk/do/hold"):
        page = browser.look(path)
        equal(f"{path} without a link", 401, page.status)
        check("одноразовой ссылке" in page.shown, page.shown)
    first = path_of(desk.first_link)
    equal("the printed link opens it", 303, Browser(desk.address).look(first).status)
    equal("and does so once", 401, Browser(desk.address).look(first).status)
    forged = first[:-1] + ("0" if first[-1] != "0" else "1")
    equal("a forged one does not", 401, Browser(desk.address).look(forged).status)
    prefetched = path_of(desk.link())
    equal("nor one that a browser only fetches ahead", 403,
          Browser(desk.address).look(prefetched, **{"Sec-Purpose": "prefetch"}).status)
    equal("another name for us is none of ours (DNS rebinding)", 421,
          Browser(desk.address).look("/desk", Host="desk.example").status)
    del world


def roles(world):
    """Who is no operator has no desk."""
    for role in ("auditor", "backend"):
        done = subprocess.run(Desk(world, role).command, capture_output=True, text=True, check=False, timeout=30)
        equal(f"{role} has no desk: {done.stderr}", 78, done.returncode)
        check("role is not operator" in done.stderr, done.stderr)


def forms(world, desk, browser):
    account = new_account()
    world.give(account, 50000)
    page, form = review(browser, "hold", account=uid(account))
    check("Сейчас" in page.shown and form["ticket"], page.shown)
    send = "/desk/do/hold"
    equal("another site's form", 403, browser.press(send, form, Sec_Fetch_Site="cross-site").status)
    equal("another origin's form", 403,
          browser.press(send, form, Sec_Fetch_Site=None, Origin="http://elsewhere.test").status)
    equal("no ticket", 403, browser.press(send, {**form, "ticket": ""}).status)
    equal("another's ticket", 403, browser.press("/desk/do/release", form).status)
    other = new_account()
    world.give(other, 100)
    equal("a ticket for other values", 409, browser.post(send, {**form, "account": uid(other)}).status)
    equal("without a session", 401, Browser(desk.address).press(send, form).status)
    equal("a field too many", 400, browser.press(send, {**form, "held": "1"}).status)
    equal("what is no account", 422, browser.press("/desk/check/hold", {"account": "1"}).status)
    page, form = review(browser, "bonus", account=uid(account), amount="12,50", reason="2")
    check("0,00 ₽ 12,50 ₽" in page.shown, page.shown)
    world.post(wire_system(5), account, 100, 5)  # meanwhile somebody gives another one
    stale = browser.post("/desk/do/bonus", form)
    equal(f"a stale ticket: {stale.shown}", 409, stale.status)
    check("данные изменились" in stale.shown, stale.shown)


def wire_system(number):
    return uuid.UUID(f"00000000-0000-8000-8000-{number:012x}").bytes


def names_of(world, process):
    return [fields["certificate"] for fields in world.events(process, "command.sent_by")]


def commands(world, browser):
    """Shown, done once, and under his name."""
    account = new_account()
    world.give(account, 50000)
    posted = len(names_of(world, "ledger"))
    page, form = review(browser, "credit", credit=uid(account), amount="100", reason="1")
    check("500,00 ₽ 600,00 ₽" in page.shown, page.shown)
    answers = [browser.post("/desk/do/credit", form) for _ in range(3)]
    equal("a form that is sent again is answered as at first", [303] * 3, [page.status for page in answers])
    check("Выполнено" in browser.get(answers[0].location).shown, "it is said that it is done")
    equal("an address alone says nothing", 404,
          browser.look(answers[0].location.replace("name=credit", "name=debit")).status)
    shown = browser.get(f"/desk/accounts/{uid(account)}").shown
    check("600,00 ₽" in shown and "700,00 ₽" not in shown, shown)
    carry_out(browser, "bonus", account=uid(account), amount="7", until="31.12.2030 12:00", reason="2")
    check("operator" in names_of(world, "ledger"), "the journal has no name")
    equal("one press each", 2, len(names_of(world, "ledger")) - posted)
    _, form = review(browser, "hold", account=uid(account))
    refused = browser.post("/desk/do/hold", form)
    equal("what the core refuses is told in its words", 409, refused.status)
    check("never allowed autopay" in refused.shown, refused.shown)
    bad = browser.post("/desk/check/debit", {"debit": uid(account), "amount": "1,234", "reason": "1"})
    equal("what is no sum is said", 422, bad.status)
    check('value="1,234"' in bad.text, "and kept")


def page_by_page(world, browser):
    """A statement is walked back to its beginning, each posting once."""
    account, amounts = new_account(), list(range(101, 119))
    for amount in amounts:
        world.give(account, amount)
    where, met = f"/desk/accounts/{uid(account)}", []
    while where:
        page = browser.get(where)
        statement = page.shown.split("Последние операции")[1].split("Платежи")[0]
        met += [int(kopecks) for kopecks in re.findall(r"банковский перевод 1,(\d\d) ₽", statement)]
        more = re.search(r'href="(/desk/accounts/[^"]*\?head=\d+)"', page.text)
        where = more and more[1]
    equal("every posting, the newest first", [amount - 100 for amount in reversed(amounts)], met)
    other = new_account()
    world.give(other, 100)
    head = browser.get(f"/desk/accounts/{uid(account)}").text.split("?head=")[1].split('"')[0]
    page = browser.get(f"/desk/accounts/{uid(other)}?head={head}")
    check("1,03 ₽" not in page.shown, "a head of another account's shows nothing of it")


def two_persons(world, browser, deputy):
    account = new_account()
    world.give(account, 100)
    done = carry_out(browser, "limit", account=uid(account), limit="500", reason="2")
    check("второго человека" in done.shown, done.shown)
    page = browser.get("/desk/proposals")
    check("credit.limit" in page.shown and "operator" in page.shown, page.shown)
    command = page.text.split("/desk/do/approve-ledger?command=")[1][:36]
    shown, form = review(browser, "approve-ledger", command=command)
    check("Это предложили вы сами" in shown.shown, shown.shown)
    equal("nobody agrees with himself", 403, browser.post("/desk/do/approve-ledger", form).status)
    carry_out(deputy, "approve-ledger", command=command)
    until("the second person has agreed",
          lambda: "500,00 ₽" in deputy.get(f"/desk/accounts/{uid(account)}").shown)
    approvers = [fields["approver"] for fields in world.events("ledger", "command.sent_by")]
    check("deputy" in approvers, approvers)


def suspense(world, browser, deputy):
    """A transfer that matched nothing is given to an account by the word of two."""
    account = new_account()
    world.give(account, 100)
    importer = world.processes["documents"].door("command", "importer")
    told = importer.ask("transfer.receive", wire.uuid7(), statement=b"s" * 32, own_account="40702810700000000101",
                        day=20000, number="7", amount=654321, payer_inn="7707083893",
                        payer_account="40702810000000000001", purpose="за услуги", ordinal=0)
    transfer = str(told.fields["sequence"])
    importer.close()
    page = browser.get("/desk/transfers")
    check("6 543,21 ₽" in page.shown and f"transfer={transfer}" in page.text, page.shown)
    shown, _ = review(browser, "assign", transfer=transfer, account=uid(account), reason="1")
    check("6 543,21 ₽ 0,00 ₽" in shown.shown and "1,00 ₽ 6 544,21 ₽" in shown.shown, shown.shown)
    done = carry_out(browser, "assign", transfer=transfer, account=uid(account), reason="1")
    check("второго человека" in done.shown, done.shown)
    page = deputy.get("/desk/proposals")
    check("transfer.assign" in page.shown, page.shown)
    carry_out(deputy, "approve-documents", command=page.text.split("/desk/do/approve-documents?command=")[1][:36])
    until("it is credited", lambda: "6 544,21 ₽" in browser.get(f"/desk/accounts/{uid(account)}").shown)
    check(f"transfer={transfer}\"" not in browser.get("/desk/transfers").text, "and leaves suspense")


def promo(world, browser):
    carry_out(browser, "begin", kind="1", value="50", budget="500", in_all="10", reason="5")
    page = browser.get("/desk/promo")
    check("50,00 ₽" in page.shown, page.shown)
    campaign = page.text.split("/desk/do/add?campaign=")[1].split('"')[0]
    shown, _ = review(browser, "add", campaign=campaign, code="HELLO2026", reason="5")
    check("HELLO2026" not in shown.shown, "a code is not said again")
    carry_out(browser, "add", campaign=campaign, code="HELLO2026", reason="5")
    carry_out(browser, "stop", campaign=campaign, reason="5")
    check("Остановлена" in browser.get("/desk/promo").shown, "it is stopped")
    del world


def rules(world, browser, deputy):
    """What is not typed stays; where the rules want two, the second agrees at a desk of his own."""
    page = browser.get("/desk/rules")
    check("metering Час закрывается через, с 120" in page.shown, page.shown)
    shown, form = review(browser, "policy-metering", late_us="86400")
    check("Опоздание минут, с 259200 86400" in shown.shown and "Час закрывается через, с 120 120" in shown.shown,
          shown.shown)
    done = browser.post("/desk/do/policy-metering", form)
    equal(f"a policy is changed: {done.shown}", 303, done.status)
    check("Опоздание минут, с 86400" in browser.get("/desk/rules").shown, "and is in force")
    shown, form = review(browser, "policy-metering", late_us="86400")
    equal("what changes nothing is not sent", (409, None), (shown.status, form))
    carry_out(browser, "quotas", meters_hour="77", reason="2")
    check("Новых счётчиков в час 77" in browser.get("/desk/rules").shown, "a quota")
    carry_out(browser, "alone-metering", rules="1")
    agree(deputy, "operators.policy")
    until("two change prices from now on",
          lambda: "metering Цены, правила и истории меняют двое да" in browser.get("/desk/rules").shown)
    done = carry_out(browser, "tariff", code="desk", title="Desk", price="720", effective="01.01.2036 00:00")
    check("второго человека" in done.shown, done.shown)
    agree(deputy, "tariff.define")
    until("the price is there", lambda: "desk 720,00 ₽" in browser.get("/desk/rules").shown)
    shown, _ = review(browser, "tariff", code="desk", title="Desk", price="700", effective="01.02.2036 00:00")
    check("Цена, ₽ 720,00 ₽ 700,00 ₽" in shown.shown, shown.shown)
    version = browser.get("/desk/rules").text.split("/desk/do/withdraw?version=")[1].split('"')[0]
    carry_out(browser, "withdraw", version=version)
    agree(deputy, "tariff.withdraw")
    until("it is withdrawn", lambda: "desk 720,00 ₽ отозвана" in browser.get("/desk/rules").shown)
    check("deputy" in [fields["approver"] for fields in world.events("metering", "command.sent_by")], "two names")


def agree(deputy, name):
    page = deputy.get("/desk/proposals")
    check(name in page.shown, page.shown)
    carry_out(deputy, "approve-metering", command=page.text.split("/desk/do/approve-metering?command=")[1][:36])


OWN = "40702810700000000101"


def statement(world, browser, deputy):
    """What would become of each document, and nothing is entered before that was seen; read twice it is entered once."""
    samples = Path(__file__).resolve().parents[1] / "vectors" / "statement_files"
    file = next(samples.glob("01*")).read_bytes().replace(b".2026", b".2020")  # days that are over by any clock
    account, door = new_account(), world.processes["documents"].door("command", "operator")
    door.ask("requisites.register", wire.uuid7(), account=account, inn="9999234565", kpp="999901001", name="ООО Ромашка")
    number = door.ask("invoice.issue", wire.uuid7(), account=account, amount=14000000).fields["number"]
    door.close()
    file = file.replace(b"26000000013", str(number).encode())
    count = lambda: len(world.events("documents", "transfer.received"))  # noqa: E731
    before, where = count(), "/desk/files/statement"
    page = upload(browser, where, own_account=OWN, statement=file)
    equal(f"a statement: {page.shown}", 200, page.status)
    for words in (f"140 000,00 ₽ 9999234565 зачислен по счёту · {number}", "нет такого счёта · 26000000021",
                  "50 000,00 ₽ 9999234565 номер счёта не указан"):
        check(words in page.shown, f"{words}: {page.shown}")
    form = page.forms()["/desk/files/enter"]
    equal("nothing is entered by a look", before, count())
    broken = upload(browser, where, own_account=OWN, statement=file.replace(b"=140000\r", b"=140001\r", 1))
    equal("a file that does not add up", 422, broken.status)
    check("STATEMENT_TOTALS" in broken.shown, broken.shown)
    for parts in ({"own_account": OWN}, {"own_account": "4070", "statement": file}):
        equal("a form with less", 422, upload(browser, where, **parts).status)
    equal("no form with a file", 415, browser.press(where, {"own_account": OWN}).status)
    big = upload(browser, where, own_account=OWN, statement=b"x" * (2 * 1024 * 1024))
    equal("what is too long", 413, big.status)
    equal("without a ticket", 403, browser.press("/desk/files/enter", {"ticket": "x"}).status)
    done = browser.press("/desk/files/enter", form)
    check("Переводы внесены" in done.shown, done.shown)
    entered = count() - before
    equal("what came in is entered", 3, entered)
    until("the matched one is credited", lambda: "140 000,00 ₽" in browser.get(f"/desk/accounts/{uid(account)}").shown)
    again = browser.press("/desk/files/enter", form)
    check(again.shown.count("уже приходил") == entered and count() == before + entered, again.shown)
    again = upload(browser, where, own_account=OWN, statement=file)
    check(again.shown.count("уже приходил") == entered, again.shown)
    other = upload(deputy, where, own_account=OWN, statement=file)  # his desk has no importer's certificate
    check("--importer" in other.shown and "/desk/files/enter" not in other.forms(), other.shown)


def registry(world, browser):
    """A day of Robokassa's: what agrees is counted, what does not is named, and leads to its decision by hand."""
    account = new_account()
    customer = world.browser(account)
    for amount in ("300", "400"):
        form = {"ticket": customer.get("/balance").forms()["/balance/topup"]["ticket"], "amount": amount}
        world.pay(customer.post("/balance/topup", form).location)
    until("both are credited", lambda: "700,00 ₽" in browser.get(f"/desk/accounts/{uid(account)}").shown)
    with urllib.request.urlopen(f"http://{world.sim}/sim/registry") as answer:
        whole = answer.read()
    page = upload(browser, "/desk/files/registry", registry=whole)
    check(re.search(r"Сходится [1-9]", page.shown), page.shown)
    lines = whole.decode("utf-8-sig").splitlines()[:-1]
    number = lines[1].split(";")[1]
    for line, words in ((lines[1].replace(f";{number};", ";5;"), "здесь такого нет"),
                        (lines[1].replace(";300,00;", ";300,01;").replace(";400,00;", ";400,01;"), "другая сумма"),
                        (lines[1].replace("оплачен", "отменен"), "оплачен на одной стороне")):
        page = upload(browser, "/desk/files/registry", registry="\n".join([lines[0], line]).encode("cp1251"))
        check(page.status == 200 and words in page.shown and "Сходится 0" in page.shown, f"{line}: {page.shown}")
    open_one = new_account()
    payer = world.browser(open_one)
    form = {"ticket": payer.get("/balance").forms()["/balance/topup"]["ticket"], "amount": "300"}
    payer.post("/balance/topup", form)
    invoice = [made["invoice"] for made in world.events("payment", "payment.created") if made["account"] == open_one][0]
    line = lines[1].replace(f";{number};", f";{invoice};")
    page = upload(browser, "/desk/files/registry", registry="\n".join([lines[0], line]).encode("cp1251"))
    check(f"/desk/do/resolve?invoice={invoice}" in page.text, page.shown)
    page = upload(browser, "/desk/files/registry", registry=b"what is no registry")
    equal("what is none", 422, page.status)


def payments(world, browser):
    """A payment that Robokassa never told of is decided by hand, and gives a refund."""
    account = new_account()
    page = world.browser(account).post("/balance/topup", topup_form(world, account, "300"))
    equal("a top-up begins", 303, page.status)
    invoice = [fields["invoice"] for fields in world.events("payment", "payment.created")
               if fields["account"] == account][0]
    found = browser.post("/desk/find", {"what": str(invoice)})
    equal("it is found by its number", (303, f"/desk/payment?invoice={invoice}"), (found.status, found.location))
    check("создан" in browser.get(found.location).shown, "its state is shown")
    done = carry_out(browser, "resolve", invoice=str(invoice), outcome="1", amount="300", registry="1")
    check("Выполнено" in done.shown, done.shown)
    until("it is credited", lambda: "300,00 ₽" in browser.get(f"/desk/accounts/{uid(account)}").shown)
    shown, form = review(browser, "refund", invoice=str(invoice), amount="100", reason="2")
    check("300,00 ₽ 200,00 ₽" in shown.shown and form, shown.shown)
    carry_out(browser, "refund", invoice=str(invoice), amount="100", reason="2")
    check(uid(account) in browser.get("/desk/refunds").shown, "the refund is in the list")


def topup_form(world, account, amount):
    page = world.browser(account).get("/balance")
    return {"ticket": page.forms()["/balance/topup"]["ticket"], "amount": amount}


def as_the_customer(world, desk, browser):
    account = new_account()
    world.give(account, 12300)
    page = browser.get(f"/desk/accounts/{uid(account)}")
    form = page.forms()[f"/desk/view/{uid(account)}"]
    equal("without a ticket nobody looks", 403, browser.press(f"/desk/view/{uid(account)}", {}).status)
    seen = browser.press(f"/desk/view/{uid(account)}", form)
    equal("he looks", (303, "/balance"), (seen.status, seen.location))
    for path in ("/balance", "/autopay", "/payments", "/documents", "/balance/lines"):
        page = browser.get(path)
        equal(path, 200, page.status)
        check("Только чтение" in page.shown and uid(account) in page.shown, page.shown)
        equal(f"{path} has no form but for language and the end", {"/language", "/sign-out"}, set(page.forms()))
    check("123,00 ₽" in browser.get("/balance").shown, "his balance")
    for path in ("/balance/topup", "/autopay/off", "/balance/promo", "/documents/invoice"):
        equal(f"POST {path}", 404, browser.press(path, {}).status)
    check(uid(account) in desk.said() and "looks at a customer's page" in desk.said(), "the log says it")
    check("enter?k" not in desk.said() and "v1." not in desk.said(), "and neither a link nor a ticket")


def read_only_scope(world):
    """An accountant reads: the platform's token without `pay` shows no button, and no POST is taken."""
    account = new_account()
    world.give(account, 12300)
    reader = world.browser(account, scope="read")
    for path in ("/balance", "/autopay", "/documents"):
        page = reader.get(path)
        equal(path, 200, page.status)
        equal(f"{path} of who only reads", {"/language", "/sign-out"}, set(page.forms()))
    owner = world.browser(account).get("/balance").forms()["/balance/topup"]
    equal("the owner's form in the reader's hands", 403,
          reader.press("/balance/topup", {"ticket": owner["ticket"], "amount": "100"}).status)


def screens(browser):
    """Each, in both languages."""
    for language in ("ru", "en"):
        browser.language = language
        for path in ("/desk", "/desk/accounts", "/desk/payments", "/desk/transfers", "/desk/proposals", "/desk/refunds",
                     "/desk/receipts", "/desk/promo", "/desk/rules", "/desk/files", "/desk/do/begin", "/desk/do/quotas"):
            page = browser.get(path)
            equal(f"{path} {language}", 200, page.status)
            check("не ответил" not in page.shown and "did not answer" not in page.shown, f"{path}: {page.shown}")
            check(f'lang="{language}"' in page.text and "<script>" not in page.text, path)
    equal("what is not there", 404, browser.look("/desk/nothing").status)
    equal("a command that is not there", 404, browser.look("/desk/do/nothing").status)


def one_is_silent(world, browser):
    """What the others say is still there, and what cannot be seen cannot be done."""
    browser.language = "ru"
    world.processes["documents"].kill()
    page = browser.look("/desk")
    equal("health of the others", 200, page.status)
    check("documents ○ не отвечает" in page.shown and "● зелёный" in page.shown, page.shown)
    page = browser.look("/desk/transfers")
    check(page.status == 200 and "Процесс не ответил" in page.shown, page.shown)
    page, form = review(browser, "return", transfer="1", reason="1")
    equal("nothing to confirm", (409, None), (page.status, form))
    world.processes["documents"].start()
    check(world.processes["documents"].wait_ready(60), world.processes["documents"].said())


def the_way_out(desk, browser):
    page = browser.post("/language", {"return": "/desk/accounts"})
    equal("another language, on the same screen", (303, "/desk/accounts"), (page.status, page.location))
    page = browser.get("/desk/accounts")
    check('lang="en"' in page.text, page.text)
    cookies = dict(browser.cookies)
    equal("out", 200, browser.post("/sign-out", page.forms()["/sign-out"]).status)
    browser.cookies = cookies
    equal("the cookie is worth nothing then", 401, browser.look("/desk").status)
    equal("and a cookie of the page's name never was", 401,
          Browser(desk.address).look("/desk", Cookie=f"__Host-kopeck={cookies['__Host-kopeck-desk']}").status)


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 64
    clean_up_when_told()
    with World(sys.argv[1]) as world:
        roles(world)
        with Desk(world, importer="importer") as desk, Desk(world, "deputy") as second:
            nobody_without_a_link(world, desk)
            browser = desk.browser()
            forms(world, desk, browser)
            commands(world, browser)
            page_by_page(world, browser)
            deputy = second.browser()
            two_persons(world, browser, deputy)
            suspense(world, browser, deputy)
            promo(world, browser)
            rules(world, browser, deputy)
            statement(world, browser, deputy)
            registry(world, browser)
            payments(world, browser)
            as_the_customer(world, desk, browser)
            read_only_scope(world)
            screens(browser)
            one_is_silent(world, browser)
            the_way_out(desk, browser)
    print("the desk holds")
    return 0


if __name__ == "__main__":
    sys.exit(main())
