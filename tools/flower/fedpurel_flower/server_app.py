"""ServerApp: carries what the hub wants of its sites to them, and their answers back. The hub decides everything."""

import importlib.metadata
import os
import select
import time

from flwr.app import Context, Message
from flwr.serverapp import Grid, ServerApp

from . import frame
from .sites import LOOK, Sites

app = ServerApp()
POLL = 0.2  # seconds between looks for answers
BUSY = 60.0  # seconds the hub has to go on with a frame that it began
AWAY = (3, 4, 5)  # Flower's codes for a message or a node that is lost: the order may go again


class Order:
    """What the hub wants of a site, and the message that is under way for it."""

    def __init__(self, head, arrays, now):
        self.id, self.site, self.group = head["id"], head["site"], str(head.get("group", ""))
        self.kind, self.timeout = head["kind"], float(head["timeout"])
        self.end, self.after = now + self.timeout, now
        self.content = frame.pack(head["head"], arrays)
        self.message = self.node = None
        self.last = ""  # what went wrong last


class Relay:
    """The loop between the hub's socket and Flower. Orders do not wait for one another."""

    def __init__(self, grid, hub, clock=time.monotonic):
        self.grid, self.hub, self.clock = grid, hub, clock
        self.sites, self.orders = Sites(grid, clock), []

    def run(self):
        frame.write(self.hub, {"v": frame.VERSION, "op": "hello", "flower": importlib.metadata.version("flwr")}, {})
        while self.listen(POLL if self.orders or self.sites.asked else LOOK):
            self.sites.look()
            for o in list(self.orders):
                self.send(o)
            self.collect()

    def listen(self, wait):
        """Takes what the hub says within the time. False: the run is over."""
        while select.select([self.hub], [], [], wait)[0]:
            got = frame.read(self.hub)
            if got is None:
                raise ConnectionError("the hub went away: start `fedpurel hub` again, then `flwr run`")
            head, arrays = got
            if head.get("v", frame.VERSION) != frame.VERSION:
                raise ValueError(f"the hub speaks version {head['v']}, this app version {frame.VERSION}")
            if head["op"] == "fail":
                raise RuntimeError(frame.line(head.get("why", "the hub failed")))
            if head["op"] == "done":
                return False
            if head["op"] == "send":
                self.orders.append(Order(head, arrays, self.clock()))
            wait = 0
        return True

    def send(self, o):
        """Puts an order on its way if its site is there and it is not under way to it."""
        now, node = self.clock(), self.sites.node.get(o.site)
        if now >= o.end:
            why = o.last or ("it did not answer" if o.message else "no node of it is connected")
            self.reply(o, {"error": f'site "{o.site}": {why} within {o.timeout:.0f} s'})
        elif node and now >= o.after and (o.message is None or o.node != node):
            message = Message(o.content, node, o.kind, ttl=o.end - now, group_id=o.group)
            o.message, o.node = (list(self.grid.push_messages([message])) or [None])[0], node
            o.after = now + LOOK

    def collect(self):
        """Hands on what came back."""
        under = {o.message: o for o in self.orders if o.message}
        for m in self.grid.pull_messages(list(under)) if under else []:
            o = under.pop(m.metadata.reply_to_message_id, None)
            if o is None:
                continue
            if m.has_error():
                why = frame.line(m.error.reason or f"error {m.error.code}")
                if m.error.code in AWAY:
                    o.message, o.last, o.after = None, why, self.clock() + LOOK
                    self.sites.lost(o.site, why)
                else:
                    self.reply(o, {"error": f'site "{o.site}": {why}'})
                continue
            head, arrays = frame.unpack(m.content)
            wrong = self.sites.other(o.site, head)
            self.reply(o, {"error": wrong} if wrong else {"head": head}, {} if wrong else arrays)

    def reply(self, o, what, arrays=None):
        self.orders.remove(o)
        frame.write(self.hub, {"v": frame.VERSION, "op": "reply", "id": o.id, **what}, arrays or {})


@app.main()
def main(grid: Grid, context: Context) -> None:
    path = str(context.run_config["hub-socket"])
    if not os.path.isabs(path):
        raise ValueError(f"""hub-socket is "{path}", not an absolute path: --run-config 'hub-socket="/path/hub.sock"'""")
    with frame.connect(path, BUSY) as hub:
        Relay(grid, hub).run()
