#!/usr/bin/python3
"""kopeck-fleet as a program: its processes end with it however it ends, one that ends unasked is
started again, passwords and keys are its owner's alone, a directory has one fleet at a time, it says
which config file the command line takes, and `kopeck status` tells of an outage at once. A wrong command
line is an error.

usage: test_kopeck_fleet.py KOPECK_FLEET
"""
import os, pathlib, signal, stat, subprocess, sys, tempfile, time, urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / 'python'))
import services_table

PROGRAMS = [*services_table.PROGRAMS, 'robokassa-sim']
DEADLINE = 60


def children(pid):
    """program name -> pid of the processes whose parent is `pid`"""
    found = {}
    for entry in pathlib.Path('/proc').glob('[0-9]*'):
        try:
            parent = int((entry / 'stat').read_text().rsplit(')', 1)[1].split()[1])
            if parent == pid:
                found[pathlib.Path((entry / "cmdline").read_text(errors="replace").split('\0')[0]).name] = \
                    int(entry.name)
        except (OSError, ValueError, IndexError):
            pass  # it ended while we looked
    return found


def wait_until(what, condition):
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, f'not in {DEADLINE} s: {what}'
        time.sleep(0.01)


def start(program, directory, *options):
    fleet = subprocess.Popen([program, 'up', '--dir', str(directory), *options],
                             stdout=subprocess.PIPE, text=True)
    lines = []
    for line in fleet.stdout:  # the last line it prints is where the stand-in is
        lines.append(line.split())
        if lines[-1][0] == 'sim':
            break
    assert lines and lines[-1][0] == 'sim', lines
    return fleet, {line[0]: line[-1] for line in lines}


def gone(pids):
    return not any(pathlib.Path(f'/proc/{pid}').exists() and
                   pathlib.Path(f'/proc/{pid}/cmdline').read_bytes() for pid in pids)


def check_files(directory):
    for folder in ['secret', 'keys/secret']:
        files = list((directory / folder).iterdir())
        assert files, folder
        for file in files:
            assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    passwords = [(directory / 'secret' / f'password{i}').read_text() for i in (1, 2)]
    assert len(set(passwords)) == 2 and all(len(p) == 32 for p in passwords)
    for folder in ['etc', 'log']:
        for file in (directory / folder).iterdir():
            assert not any(p in file.read_text() for p in passwords), f'a password in {file}'


def check_in_use(program, directory, pids, fleet):
    """A second fleet is refused, and the first goes on untouched."""
    second = subprocess.run([program, 'up', '--dir', str(directory)], capture_output=True, text=True)
    assert second.returncode == 73 and 'in use' in second.stderr, second
    assert children(fleet.pid) == pids


def check_status(program, directory, config, pids):
    """All stand still: each is shown, in the time that one of them costs."""
    assert config == str(directory / 'etc/kopeck.cfg'), config
    ask = [str(pathlib.Path(program).parent / 'kopeck'), '--config', config, '--json', 'status']
    wait_until('all are green', lambda: subprocess.run(ask, capture_output=True).returncode == 0)
    still = [pids[f'kopeck-{name}'] for name in services_table.JOURNALS]
    for pid in still:
        os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()
    status = subprocess.run(ask, capture_output=True, text=True)
    took = time.monotonic() - begun
    for pid in still:
        os.kill(pid, signal.SIGCONT)
    assert status.returncode == 69 and status.stdout.count('"dark"') == len(still), status
    assert took < 2.5 + 5, took  # 3 s on a machine at rest; it was 10 s for each of them


def main():
    program = sys.argv[1]
    assert subprocess.run([program, '--help'], capture_output=True).returncode == 0
    assert subprocess.run([program, 'up'], capture_output=True).returncode == 64
    assert subprocess.run([program, 'up', '--dir', '/proc/none'],
                          capture_output=True).returncode == 73
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name) / ('long' * 30)  # too long for the path of a UNIX socket
        fleet, places = start(program, directory)
        pids = children(fleet.pid)
        assert sorted(pids) == sorted(PROGRAMS), pids
        check_files(directory)
        check_in_use(program, directory, pids, fleet)
        check_status(program, directory, places['kopeck'], pids)
        sockets = pathlib.Path(places['metering'].removeprefix('ipc://')).parent
        assert stat.S_IMODE(sockets.stat().st_mode) == 0o700, sockets
        with urllib.request.urlopen(places['web'] + '/health') as answer:
            assert answer.status == 200
        os.kill(pids['kopeck-ledger'], signal.SIGKILL)
        wait_until('the ledger is started again',
                   lambda: children(fleet.pid).get('kopeck-ledger', pids['kopeck-ledger'])
                   != pids['kopeck-ledger'])
        pids = children(fleet.pid)
        fleet.kill()
        fleet.wait()
        wait_until('the processes die with the fleet', lambda: gone(pids.values()))
        for file in sockets.iterdir():
            file.unlink()
        sockets.rmdir()  # a killed fleet cannot

        fleet, places = start(program, directory, '--tcp')  # the same journals and keys again
        assert places['ledger'].startswith('tcp://127.0.0.1:'), places
        pids = children(fleet.pid)
        fleet.terminate()
        assert fleet.wait(DEADLINE) == 0
        assert gone(pids.values())


main()
