"""The platform that never was: containers that are started, scaled, stopped and deleted, files that
grow, requests to models; and what metering is told of them, now or late.

It goes by the steps of the ladder as docs/rules.md "Steps for the platform" says.
"""
import heapq

from stage import wire

HOUR_US = 3_600_000_000
MINUTE_US = 60_000_000
COMPUTE, BUILD = 1, 2
RUNG_NOTHING_NEW, RUNG_STOPPED, RUNG_DELETABLE = 4, 6, 8
TOLD_LATE = 0.02  # of the stops and deletions
LATE_HOURS_MAX = 40
TOLD_TOO_LATE = 0.02  # of the hours


class Container:
    def __init__(self, account, resource, tariff):
        self.account, self.resource, self.tariff = account, resource, tariff
        self.replicas = []
        self.wanted = 1
        self.mib = 0  # of its files
        self.by_ladder = self.deleted = False

    @property
    def runs(self):
        return bool(self.replicas)


class Cloud:
    """What runs; and the items for metering, each with the instant at which it is told."""

    def __init__(self, rng):
        self.rng = rng
        self.items, self.order = [], 0
        self.containers = []
        self.counted = {}

    # --- what metering is told ---

    def tell(self, name, at, fields, told=None):
        self.order += 1
        self.counted[name] = self.counted.get(name, 0) + 1
        heapq.heappush(self.items, (told or at, self.order, wire.event_write(name, at, fields)))

    def told_by(self, now):
        items = []
        while self.items and self.items[0][0] <= now:
            items.append(heapq.heappop(self.items)[2])
        return items

    def _told(self, at):
        """Now; of a few it is heard hours later, within what is given back."""
        if self.rng.random() >= TOLD_LATE:
            return at
        return at + self.rng.randrange(HOUR_US, LATE_HOURS_MAX * HOUR_US)

    # --- containers ---

    def create(self, account, tariff, at):
        container = Container(account, self.rng.randbytes(16), tariff)
        self.containers.append(container)
        account.containers.append(container)
        self.tell("resource.created", at, {"resource": container.resource, "account": account.uid,
                                           "kind": COMPUTE})
        return container

    def start(self, container, at):
        if container.deleted or container.runs or container.account.rung >= RUNG_NOTHING_NEW:
            return
        container.by_ladder = False
        for _ in range(container.wanted):
            self._one_more(container, at)

    def _one_more(self, container, at):
        replica = self.rng.randbytes(16)
        container.replicas.append(replica)
        self.tell("replica.started", at, {
            "resource": container.resource, "replica": replica, "account": container.account.uid,
            "tariff": container.tariff, "kind": COMPUTE})

    def _one_less(self, container, at, told):
        self.tell("replica.stopped", at, {"resource": container.resource,
                                          "replica": container.replicas.pop()}, told)

    def stop(self, container, at, prompt=False):
        told = at if prompt else self._told(at)
        while container.replicas:
            self._one_less(container, at, told)

    def scale(self, container, count, at):
        container.wanted = count
        if not container.runs:
            return
        self.tell("resource.scaled", at, {"resource": container.resource, "replicas": count,
                                          "tariff": container.tariff})
        while len(container.replicas) < count:
            self._one_more(container, at)
        while len(container.replicas) > count:
            self._one_less(container, at, at)

    def move(self, container, tariff, at):
        """Another tariff: it holds from the restart of its containers."""
        runs = container.runs
        self.stop(container, at, prompt=True)
        container.tariff = tariff
        if runs:
            self.start(container, at)

    def build(self, container, at):
        """A deployment: a container that builds, beside what runs."""
        if container.deleted or container.account.rung >= RUNG_NOTHING_NEW:
            return
        replica, ends = self.rng.randbytes(16), at + self.rng.randrange(1, 9) * MINUTE_US
        self.tell("replica.started", at, {
            "resource": container.resource, "replica": replica, "account": container.account.uid,
            "tariff": container.tariff, "kind": BUILD})
        self.tell("replica.stopped", ends, {"resource": container.resource, "replica": replica})

    def delete(self, container, at):
        if container.deleted:
            return
        told = self._told(at)
        container.deleted, container.replicas = True, []
        container.account.containers.remove(container)
        self.containers.remove(container)
        self.tell("resource.deleted", at, {"resource": container.resource}, told)

    def tell_too_late(self, at):
        """Now and then a run that began more than three days ago, with its end: what of it is older
        than that is lost, the rest is billed late."""
        if not self.containers or self.rng.random() >= TOLD_TOO_LATE:
            return
        container, replica = self.rng.choice(self.containers), self.rng.randbytes(16)
        began = at - self.rng.randrange(75, 78) * HOUR_US
        self.tell("replica.started", began, {
            "resource": container.resource, "replica": replica, "account": container.account.uid,
            "tariff": container.tariff, "kind": COMPUTE}, at)
        self.tell("replica.stopped", began + self.rng.randrange(10, 480) * MINUTE_US,
                  {"resource": container.resource, "replica": replica}, at)

    # --- what is counted ---

    def sample_files(self, at):
        for container in self.containers:
            if container.mib:
                self.tell("disk.sampled", at, {
                    "resource": container.resource, "account": container.account.uid,
                    "tariff": container.tariff, "mib": container.mib})

    def use_tokens(self, container, model, at):
        self.tell("tokens.used", at, {
            "resource": container.resource, "account": container.account.uid,
            "request": self.rng.randbytes(16), "model": model,
            "input": self.rng.randrange(200, 20_000), "output": self.rng.randrange(50, 4_000)})

    # --- the ladder ---

    def go_by(self, account, rung, at):
        before, account.rung = account.rung, rung
        if rung >= RUNG_STOPPED > before:
            for container in account.containers:
                container.by_ladder = container.runs
                self.stop(container, at, prompt=True)
        elif rung < RUNG_NOTHING_NEW and before >= RUNG_STOPPED:
            for container in account.containers:
                if container.by_ladder:
                    self.start(container, at)
        elif rung == RUNG_DELETABLE:  # an operator has agreed
            for container in list(account.containers):
                self.delete(container, at)
