#!/usr/bin/python3
"""link_emulator does to datagrams what it is told to, in the direction it is told, and no more.

usage: test_link_emulator.py PATH_OF_LINK_EMULATOR
"""
import socket
import subprocess
import sys
import threading
import time

from network import CANNOT_RUN, CannotRun, Network, enter

PORT, COUNT, WAIT_S = 7000, 400, 0.4  # a device queues 500
SO_RCVBUFFORCE = 33


class Node:
    """A socket inside a namespace."""

    def __init__(self, network, name):
        def make():
            enter(network.spaces[name])  # this thread alone
            self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 1 << 22)
            self.socket.bind(("0.0.0.0", PORT))

        thread = threading.Thread(target=make)
        thread.start()
        thread.join()
        self.address = network.addresses[name], PORT

    def send(self, other, count):
        for number in range(count):
            try:
                self.socket.sendto(number.to_bytes(4, "big"), other.address)
            except OSError:
                pass  # the device is down

    def received(self):
        """Numbers in the order they came, until nothing comes."""
        self.socket.settimeout(WAIT_S)
        numbers = []
        try:
            while True:
                numbers.append(int.from_bytes(self.socket.recv(4), "big"))
        except TimeoutError:
            return numbers


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def run(network):
    one, other, third = (Node(network, name) for name in ("one", "other", "third"))
    everything = list(range(COUNT))

    def sent(source, target, count=COUNT):
        source.send(target, count)
        return target.received()

    check(sent(one, other) == everything, "an idle link carries everything in order")
    network.tell("cut", "one", "other")
    check(sent(one, other) == [], "a cut direction carries nothing")
    check(sent(other, one) == everything, "the other direction is whole")
    check(sent(one, third) == everything, "another link is whole")
    network.tell("heal", "*", "*")
    network.tell("link", "one", "*", 0, 0, 200_000, 0)
    lost = COUNT - len(sent(one, other))
    check(0.1 * COUNT < lost < 0.3 * COUNT, f"a fifth is lost, not {lost} of {COUNT}")
    network.tell("link", "one", "other", 0, 0, 0, 300_000)
    numbers = sent(one, other)
    check(set(numbers) == set(everything), "nothing is lost")
    check(0.2 * COUNT < len(numbers) - COUNT < 0.4 * COUNT, f"{len(numbers)} of {COUNT}, doubled")
    network.tell("link", "one", "other", 100, 0, 0, 0)
    began = time.monotonic()
    one.send(other, 1)
    check(other.socket.recv(4) and time.monotonic() - began >= 0.1, "100 ms are waited")
    network.tell("link", "one", "other", 0, 50, 0, 0)
    numbers = sent(one, other)
    check(sorted(numbers) == everything and numbers != everything, "jitter changes the order")
    network.tell("link", "*", "*", 0, 0, 0, 0)
    network.tell("down", "other")
    check(sent(one, other) == [] and sent(other, one) == [], "a device that is down is silent")
    check(sent(one, third) == everything, "its neighbours are not")
    network.tell("up", "other")
    check(sent(one, other) == everything and sent(other, one) == everything, "it comes back")
    counts = network.tell("counts")
    check(counts["cut"] == COUNT and counts["doubled"] > 0, f"{counts}")


def main():
    program = sys.argv[1]
    check(subprocess.run([program], capture_output=True).returncode == 64, "usage")
    try:
        network = Network(program, 1, ["one", "other", "third"])
    except CannotRun as why:
        print(f"skipped: {why}")
        return CANNOT_RUN
    try:
        run(network)
    finally:
        network.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
