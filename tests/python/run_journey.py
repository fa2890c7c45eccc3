"""Starts a fleet in a directory of its own, sends a journey through it, stops it.

    run_journey.py PATH_OF_KOPECK_FLEET JOURNEY [OPTION_OF_THE_FLEET ...]

77: python3-zmq or python3-msgpack is missing. `KEEP=1` leaves the directory for reading.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SKIPPED = 77
READY_S = 20
STOP_S = 10


def listing_wait(fleet, listing):
    """True once the fleet has said where everything is; its last line names the stand-in."""
    ends = time.monotonic() + READY_S
    while time.monotonic() < ends and fleet.poll() is None:
        if any(line.startswith("sim ") for line in listing.read_text().splitlines()):
            return True
        time.sleep(0.05)
    return False


def run(program, journey, options, directory):
    listing = directory / "endpoints"
    with listing.open("w") as out, (directory / "fleet.log").open("w") as errors:
        fleet = subprocess.Popen([program, "up", "--importers", "--dir", directory / "fleet", *options],
                                 stdout=out, stderr=errors)
    try:
        if not listing_wait(fleet, listing):
            print("the fleet is not ready:", (directory / "fleet.log").read_text())
            return 1
        return subprocess.run([sys.executable, Path(__file__).with_name(journey),
                               directory / "fleet", listing],
                              env=dict(os.environ, KOPECK=str(Path(program).with_name("kopeck")))).returncode
    finally:
        fleet.terminate()
        try:
            fleet.wait(STOP_S)
        except subprocess.TimeoutExpired:
            fleet.kill()
            fleet.wait()


def main(program, journey, *options):
    try:
        import msgpack, zmq  # noqa: F401, E401
    except ImportError as missing:
        print(f"skipped: {missing}")
        return SKIPPED
    directory = Path(tempfile.mkdtemp(prefix="kopeck-"))
    try:
        return run(program, journey, options, directory)
    finally:
        if not os.environ.get("KEEP"):
            shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
