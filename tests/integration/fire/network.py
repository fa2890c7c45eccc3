"""A network of its own for some processes: link_emulator's namespaces, and who is put into them."""
import ctypes
import os
import subprocess

from calm import Trouble, die_with_parent

CLONE_NEWNET = 0x40000000
CANNOT_RUN = 77

libc = ctypes.CDLL(None, use_errno=True)


class CannotRun(Exception):
    """Namespaces are not ours to make."""


def enter(space):
    """The calling thread, and what it starts from now on, is in that namespace."""
    file = os.open(space, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if libc.setns(file, CLONE_NEWNET) != 0:
            raise CannotRun(os.strerror(ctypes.get_errno()))
    finally:
        os.close(file)


class Network:
    def __init__(self, program, seed, names):
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self.emulator = subprocess.Popen([str(program), str(seed), *names], text=True,
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=subprocess.PIPE, preexec_fn=die_with_parent)
        self.addresses, self.spaces = {}, {}
        for line in self.emulator.stdout:
            words = line.split()
            if words == ["ready"]:
                return
            self.addresses[words[0]], self.spaces[words[0]] = words[1:]
        why = self.emulator.stderr.read().strip()
        if self.emulator.wait() == CANNOT_RUN:
            raise CannotRun(why)
        raise Trouble(why)

    def prepare(self, name):
        """For preexec_fn: into the node's namespace, and not without us."""
        def inside():
            die_with_parent()
            enter(self.spaces[name])
        return inside

    def tell(self, *words):
        """{what: count} of the packets so far."""
        self.emulator.stdin.write(" ".join(map(str, words)) + "\n")
        self.emulator.stdin.flush()
        answer = self.emulator.stdout.readline().split()
        if answer[:1] != ["ok"]:
            raise Trouble(f"link_emulator: {words}: {answer}")
        return {name: int(count) for name, count in (word.split("=") for word in answer[1:])}

    def close(self):
        """We are where we were; the emulator ends with its input, a namespace with its last
        process."""
        if self.home is not None:
            enter(f"/proc/self/fd/{self.home}")
            os.close(self.home)
            self.home = None
        self.emulator.stdin.close()
        self.emulator.wait()
