#!/usr/bin/python3
"""tools/make_keys, cut off anywhere, is mended by its next run: every pair is whole, what was whole before
stays, and no secret can be read by others.

usage: test_make_keys.py BIN_DIRECTORY [ROUNDS]
"""
import os, pathlib, random, signal, stat, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / 'tests/python'))
import services_table

OTHERS = {'platform': 'platform', 'service': 'service', 'auditor': 'auditor', 'backend': 'backend',
          'operator': 'operator', 'deputy': 'operator'}
NAMES = [*services_table.NAMES, *OTHERS]


def start(binaries, directory):
    return subprocess.Popen([ROOT / 'tools/make_keys', directory, '--demo'], start_new_session=True,
                            env=dict(os.environ, PATH=f"{binaries}:{os.environ['PATH']}"))


def make(binaries, directory):
    assert start(binaries, directory).wait() == 0


def files(directory):
    return {str(path.relative_to(directory)): path.read_bytes()
            for path in directory.rglob('*') if path.is_file()}


def key(text):
    return [line for line in text.decode().splitlines() if 'public-key' in line]


def check(binaries, directory):
    found = files(directory)
    expected = {f'public/{name}.cert' for name in NAMES} | {'secret/robokassa/password1',
                                                            'secret/robokassa/password2'}
    for name in NAMES:
        folder = 'others' if name in OTHERS else name
        secret = f'secret/{folder}/{name}.cert_secret'
        expected.add(secret)
        assert len(key(found[secret])) == 1 and key(found[secret]) == key(found[f'public/{name}.cert'])
        assert b'secret-key' not in found[f'public/{name}.cert'], name
    assert {name for name in found if '..' not in name} == expected, set(found) ^ expected
    for name in found:
        mode = stat.S_IMODE((directory / name).stat().st_mode)
        assert mode == (0o600 if name.startswith('secret') else 0o644) or '..' in name, (name, oct(mode))
    assert len(set(map(bytes, (found['secret/robokassa/password1'],
                               found['secret/robokassa/password2'])))) == 2
    for left in directory.rglob('..*'):
        left.unlink()  # of a run that was killed; processes pass it over
    checked = subprocess.run([f'{binaries}/kopeck', 'keys', 'check', directory / 'public'])
    assert checked.returncode == 0
    return found


def main():
    binaries, rounds = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 12
    with tempfile.TemporaryDirectory() as scratch:
        directory = pathlib.Path(scratch) / 'keys'
        begun = time.monotonic()
        make(binaries, directory)
        took = time.monotonic() - begun
        whole = check(binaries, directory)
        make(binaries, directory)
        assert check(binaries, directory) == whole, 'a second run changes something'
        for gone in ('public/ledger.cert', 'secret/ledger/ledger.cert_secret', 'public/web.cert',
                     'secret/others/operator.cert_secret', 'secret/robokassa/password2'):
            (directory / gone).unlink()
            make(binaries, directory)
            mended = check(binaries, directory)
            name = pathlib.Path(gone).name.split('.')[0]
            assert all(mended[other] == whole[other] for other in whole if name not in other), gone
            whole = mended
    kills = 0
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as scratch:
            directory = pathlib.Path(scratch) / 'keys'
            run = start(binaries, directory)
            time.sleep(random.uniform(0, took))
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGKILL)
                kills += 1
            run.wait()
            before = files(directory) if directory.exists() else {}
            make(binaries, directory)
            after = check(binaries, directory)
            kept = [name for name in before if name.startswith('secret') and '..' not in name]
            assert all(after[name] == before[name] for name in kept)
    print(f'{kills} of {rounds} runs were killed, all were mended')
    assert kills > 0


main()
