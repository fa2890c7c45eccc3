#!/usr/bin/python3
"""A small random trace through the real processes comes to what an independent model of the billing
rules says, to the kopeck: as lifecycle events, as ticks, without live feed, and through kills.

usage: test_trace.py KOPECK_TRACE plain|kill

With KOPECK_FULL_TRACE=1 also the container trace itself, if it is there.
"""
import csv, json, math, os, pathlib, random, subprocess, sys, tempfile

PRICES = [(4000, 17000), (8000, 29000), (11999, 49000), (16000, 145000), (64000, 430000),
          (math.inf, 775000)]  # kopecks for 43 200 minutes, by cpu_milli
OPENING = 100000  # and the autopay amount
THRESHOLD = 10000


def model(pods):
    """account number -> (charged, topped up, balance, autopays)"""
    exact = {}
    for number, cpu, start, end in pods:
        account = number % 400
        exact.setdefault(account, 0)
        if start is None:
            continue
        minutes = -(-end // 60) - -(-start // 60)  # m:00 with start <= m:00 < end
        exact[account] += minutes * next(price for most, price in PRICES if cpu <= most)
    result = {}
    for account, units in sorted(exact.items()):
        charged, autopays = units // 43200, 0
        while OPENING * (1 + autopays) - charged < THRESHOLD:
            autopays += 1
        topped_up = OPENING * (1 + autopays)
        result[account] = (charged, topped_up, topped_up - charged, autopays)
    return result


def make_pods(rng):
    pods = [(5 + 400 * k, 128000, 60 * k, 230000 + k) for k in range(4)]  # one account pays much
    numbers = rng.sample(range(1000, 9000), 60)
    for i, number in enumerate(numbers):
        cpu = rng.choice([500, 4000, 4001, 8000, 11999, 12000, 16000, 16001, 64000, 64001])
        start = rng.randrange(200000)
        end = start + rng.choice([0, 1, 59, 60, 61, rng.randrange(40000)])
        pods.append((number % 12 + 400 * (i + 10), cpu, None if i % 9 == 8 else start, end))
    return pods


def write_trace(path, pods):
    with open(path, 'w', newline='') as file:
        out = csv.writer(file, lineterminator='\n')
        out.writerow(['qos', 'name', 'cpu_milli', 'deletion_time', 'scheduled_time'])
        for number, cpu, start, end in pods:
            out.writerow(['LS', f'pod-{number}', cpu, end, '' if start is None else start])


def balances_text(result):
    lines = ['account,charged_kopecks,topped_up_kopecks,balance_kopecks,autopays']
    lines += [f'00000000-0000-4000-8000-{account:012d},' + ','.join(map(str, row))
              for account, row in result.items()]
    return '\n'.join(lines) + '\n'


def run(program, trace, out, *options):
    return subprocess.run([program, str(trace), '--out', str(out), '--quiet', '--json', *options],
                          capture_output=True, text=True, timeout=500)


def check(program, trace, expected, directory, *options):
    name = ' '.join(options) or 'lifecycle'
    out = directory / ('out' + '_'.join(options).replace('-', ''))
    done = run(program, trace, out, *options)
    print(f'{name}: {done.stdout.strip()[:400]}', flush=True)
    assert done.returncode == 0, f'{name}: exit {done.returncode}: {done.stderr}'
    found = (out / 'balances.csv').read_text()
    assert found == expected, f'{name}: expected\n{expected}found\n{found}'
    assert not (out / 'run').exists(), f'{name}: journals were left behind'
    return json.loads(done.stdout)


def check_errors(program, directory):
    header = 'name,cpu_milli,scheduled_time,deletion_time\n'
    table = [  # file, what the error must name
        ('name,cpu_milli,scheduled_time\npod-1,1,1\n', ['1', 'deletion_time']),
        (header + 'pod-1,1000,1,2\npod-2,1e3,1,2\n', ['3', 'cpu_milli', '1e3']),
        (header + 'pod-1,1000,5,4\n', ['2', 'deletion_time', "'4'", 'before']),
        (header + 'pod-1,1000,5,\n', ['2', 'deletion_time', "''"]),
        (header + 'pod-1,1000,-5,7\n', ['2', 'scheduled_time', '-5']),
        (header + 'pod,1000,5,7\n', ['2', 'name', 'pod']),
        (header + 'pod-1,1000\n', ['2', 'scheduled_time']),
        (header + 'pod-1,1,1,2\npod-1,1,3,4\n', ['name', 'twice']),
        (header, ['no rows']),
    ]
    bad = directory / 'bad.csv'
    for text, words in table:
        bad.write_text(text)
        done = run(program, bad, directory / 'bad')
        assert done.returncode == 65, (text, done.returncode, done.stderr)
        assert all(word in done.stderr for word in ['bad.csv', *words]), (text, done.stderr)
        assert not (directory / 'bad').exists(), 'something was started for a bad trace'


def check_full(program, directory, *options):
    trace = pathlib.Path('../shared/data/pods.csv')
    if os.environ.get('KOPECK_FULL_TRACE') != '1' or not trace.exists():
        print(f'the container trace is left out: KOPECK_FULL_TRACE=1 and {trace} are wanted')
        return
    with open(trace) as file:
        pods = [(int(row['name'].rsplit('-', 1)[1]), int(row['cpu_milli']),
                 int(row['scheduled_time']) if row['scheduled_time'] else None,
                 int(row['deletion_time'] or 0)) for row in csv.DictReader(file)]
    expected = model(pods)
    assert [sum(column) for column in zip(*expected.values())] == [10337245, 48000000, 37662755, 80]
    summary = check(program, trace, balances_text(expected), directory, *options)
    assert summary['minutes'] == 3500544 and summary['autopay_accounts'] == 25, summary


def main():
    program, what = sys.argv[1:]
    seed = int(os.environ.get('KOPECK_SEED', random.randrange(10**6)))
    print(f'KOPECK_SEED={seed}', flush=True)
    pods = make_pods(random.Random(seed))
    result = model(pods)
    assert sum(row[3] for row in result.values()) >= 2, 'the trace charges no card'
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        trace = directory / 'trace.csv'
        write_trace(trace, pods)
        expected = balances_text(result)
        if what == 'plain':
            check_errors(program, directory)
            check(program, trace, expected, directory)
            check(program, trace, expected, directory, '--ticks', '--seed', str(seed))
            check(program, trace, expected, directory, '--live-feed', '0')
            check_full(program, directory)
        else:
            kills = ['--kill', '8', '--seed', str(seed)]
            assert check(program, trace, expected, directory, *kills)['kills'] == 8
            assert check(program, trace, expected, directory, '--ticks', *kills)['kills'] == 8
            check_full(program, directory, '--kill', '10', '--seed', str(seed))


main()
