"""Makes tests/python importable; where its packages are missing, the run is skipped."""
import sys
from pathlib import Path

SKIPPED = 77

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))

try:
    import msgpack  # noqa: F401
    import zmq  # noqa: F401
except ImportError as missing:
    print(f"skipped: {missing}")
    sys.exit(SKIPPED)
