"""What is to be done at which instant, in order; of one instant in the order in which it was said.
"""
import heapq


class Agenda:
    def __init__(self):
        self.rows, self.order = [], 0

    def at(self, instant, do, *arguments):
        self.order += 1
        heapq.heappush(self.rows, (instant, self.order, do, arguments))

    def run(self, now):
        """Calls all that is due by now; each is told what time it is."""
        while self.rows and self.rows[0][0] <= now:
            _, _, do, arguments = heapq.heappop(self.rows)
            do(*arguments, now)
