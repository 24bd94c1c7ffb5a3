"""The ServerApp's loop, without Flower's processes: `python -m unittest`, with the flwr of requirements.txt."""

import contextlib
import socket
import types
import unittest
from unittest import mock

from fedpurel_flower import frame, server_app
from fedpurel_flower.server_app import Relay
from flwr.app import RecordDict
from flwr.supercore.task_identity import TaskIdentity
from test_frame import npy

# Flower's own Message is made, which checks its arguments and asks whose it is.
TaskIdentity.task_id, TaskIdentity.run_id, TaskIdentity.node_id = 1, 2, 3


class Grid:
    """Flower's Grid as far as the app uses it. Nodes are as the test says; it answers messages when it wants to."""

    def __init__(self, **named):
        self.nodes = {node: name for name, node in named.items()}  # name by node; "": registered under none
        self.sent, self.back = [], []

    def get_nodes(self):
        return [types.SimpleNamespace(node_id=node, name=name) for node, name in self.nodes.items()]

    def push_messages(self, messages):
        self.sent += messages
        return [str(len(self.sent) - len(messages) + i) for i in range(len(messages))]

    def pull_messages(self, ids):
        out = [m for m in self.back if m.metadata.reply_to_message_id in ids]
        self.back = [m for m in self.back if m not in out]
        return out

    def answer(self, i, head=None, arrays=None, error=None):
        """Answers the i-th message, with a head and arrays or with an error's code and reason."""
        m = types.SimpleNamespace(metadata=types.SimpleNamespace(reply_to_message_id=str(i)))
        m.has_error = lambda: error is not None
        m.error = error and types.SimpleNamespace(code=error[0], reason=error[1])
        m.content = RecordDict() if error else frame.pack(head, arrays or {})
        self.back.append(m)

    def asked(self):
        """Node, kind and head of what was sent."""
        return [(m.metadata.dst_node_id, m.metadata.message_type, frame.unpack(m.content)[0]) for m in self.sent]


class TestRelay(unittest.TestCase):
    """One turn of the loop at a time, under a clock that the test moves."""

    def setUp(self):
        self.now = 1000.0
        self.hub, other = socket.socketpair()
        self.addCleanup(self.hub.close)
        self.addCleanup(other.close)
        self.hub.settimeout(5)
        other.settimeout(5)
        self.other = other

    def start(self, **named):
        self.grid = Grid(**named)
        self.relay = Relay(self.grid, self.other, lambda: self.now)

    def say(self, op, arrays=None, **more):
        frame.write(self.hub, {"v": frame.VERSION, "op": op, **more}, arrays or {})

    def order(self, id, site, timeout=60, arrays=None):
        head = {"op": "work", "n": id}
        self.say("send", arrays, id=id, site=site, kind="train", group="3", timeout=timeout, head=head)

    def turn(self, after=0.0):
        """A turn of the loop, so many seconds later."""
        self.now += after
        going = self.relay.listen(0)
        self.relay.sites.look()
        for o in list(self.relay.orders):
            self.relay.send(o)
        self.relay.collect()
        return going

    def heard(self):
        """What the hub was told since, each as head and arrays."""
        self.hub.setblocking(False)
        out = []
        with contextlib.suppress(BlockingIOError):
            while True:
                self.hub.recv(1, socket.MSG_PEEK)
                self.hub.settimeout(5)
                out.append(frame.read(self.hub))
                self.hub.setblocking(False)
        self.hub.settimeout(5)
        return out

    def test_orders_are_under_way_at_once(self):
        self.start(north=11, south=12)
        self.order(7, "north", arrays={"phi": npy(3)})
        self.order(8, "south")
        self.turn()
        self.assertEqual(self.grid.asked(), [
            (11, "train", {"op": "work", "n": 7}), (12, "train", {"op": "work", "n": 8}),
        ])
        m = self.grid.sent[0]
        self.assertEqual((m.metadata.group_id, m.metadata.ttl), ("3", 60))
        self.assertEqual(m.content["arrays"]["phi"].shape, (3,))
        self.turn(10)
        self.assertEqual((len(self.grid.sent), self.heard()), (2, []))
        self.grid.answer(1, {"site": "south", "done": [1]}, {"x": npy(2)})
        self.turn()
        self.grid.answer(0, {"site": "north"})
        self.turn()
        want = {"v": 1, "op": "reply"}
        self.assertEqual(self.heard(), [
            ({**want, "id": 8, "head": {"site": "south", "done": [1]}}, {"x": npy(2)}),
            ({**want, "id": 7, "head": {"site": "north"}}, {}),
        ])

    def test_a_site_that_does_not_come(self):
        self.start(north=11)
        self.order(7, "south", timeout=60)
        self.turn()
        self.turn(59)
        self.assertEqual((self.grid.sent, self.heard()), ([], []))
        self.turn(1)
        (head, _), = self.heard()
        self.assertEqual(head["error"], 'site "south": no node of it is connected within 60 s')

    def test_a_site_that_comes_late_has_the_time_that_is_left(self):
        self.start()
        self.order(7, "south", timeout=60)
        self.turn()
        self.grid.nodes[12] = "south"
        self.turn(20)
        self.assertEqual([(m.metadata.dst_node_id, m.metadata.ttl) for m in self.grid.sent], [(12, 40)])
        self.turn(40)
        (head, _), = self.heard()
        self.assertEqual(head["error"], 'site "south": it did not answer within 60 s')
        self.grid.answer(0, {"site": "south"})
        self.turn()
        self.assertEqual(self.heard(), [])

    def test_what_is_lost_goes_again(self):
        for code in 3, 4, 5:
            with self.subTest(code=code):
                self.start(north=11)
                self.order(7, "north")
                self.turn()
                del self.grid.nodes[11]
                self.grid.answer(0, error=(code, "Node\nUnavailable"))
                self.turn()
                self.turn(10)
                self.assertEqual((len(self.grid.sent), self.heard()), (1, []))
                self.grid.nodes[13] = "north"  # without a key of its own a node comes back under another number
                self.turn(5)
                self.assertEqual(self.grid.asked()[1:], [(13, "train", {"op": "work", "n": 7})])
                self.assertEqual(self.grid.sent[1].metadata.ttl, 45)
                self.grid.answer(1, {"site": "north"})
                self.turn()
                self.assertEqual([head["head"] for head, _ in self.heard()], [{"site": "north"}])

    def test_a_node_that_stays_gets_a_lost_message_again(self):
        self.start(north=11)
        self.order(7, "north")
        self.turn()
        self.grid.answer(0, error=(3, "Message Unavailable"))
        self.turn()
        self.turn()
        self.assertEqual(len(self.grid.sent), 1)  # not at once
        self.turn(5)
        self.assertEqual([a[:2] for a in self.grid.asked()], [(11, "train"), (11, "train")])

    def test_a_site_that_is_another_node_now(self):
        self.start(north=11)
        self.order(7, "north")
        self.turn()
        self.grid.nodes = {13: "north"}
        self.turn(5)
        self.assertEqual([a[:2] for a in self.grid.asked()], [(11, "train"), (13, "train")])

    def test_what_is_lost_for_good(self):
        self.start(north=11)
        self.order(7, "north", timeout=60)
        self.turn()
        del self.grid.nodes[11]
        self.grid.answer(0, error=(5, "Node Unavailable"))
        self.turn(30)
        self.turn(30)
        (head, _), = self.heard()
        self.assertEqual(head["error"], 'site "north": Node Unavailable within 60 s')

    def test_other_errors_are_handed_on(self):
        self.start(north=11)
        self.order(7, "north")
        self.turn()
        self.grid.answer(0, error=(2, "the site's fedpurel program\ndoes not answer"))
        self.turn()
        self.turn(30)
        self.assertEqual(len(self.grid.sent), 1)
        (head, _), = self.heard()
        self.assertEqual(head["error"], 'site "north": the site\'s fedpurel program does not answer')

    def test_another_name(self):
        self.start(north=11)
        self.order(7, "north")
        self.turn()
        self.grid.answer(0, {"site": "south"}, {"phi": npy(3)})
        self.turn()
        (head, arrays), = self.heard()
        self.assertEqual(head["error"], 'the node of site "north" says that it is "south": left out')
        self.assertEqual(arrays, {})

    def test_a_node_without_a_name_is_asked(self):
        self.start()
        self.grid.nodes = {11: "", 12: ""}
        self.order(7, "south")
        self.turn()
        self.assertEqual([a[:2] for a in self.grid.asked()], [(11, "query"), (12, "query")])
        self.grid.answer(0, error=(2, "no fedpurel program answers"))
        self.grid.answer(1, {"site": "south"})
        self.turn()
        self.assertEqual(self.grid.asked()[2], (12, "train", {"op": "work", "n": 7}))
        self.turn(5)  # who did not say its name is asked again
        self.assertEqual([a[:2] for a in self.grid.asked()[3:]], [(11, "query")])


class TestLoop(unittest.TestCase):
    """The loop as the ServerApp runs it."""

    def run_with(self, *said, close=True):
        hub, other = socket.socketpair()
        with hub, other:
            other.settimeout(5)
            for head in said:
                frame.write(hub, head, {})
            if close:
                hub.shutdown(socket.SHUT_WR)
            Relay(Grid(), other).run()
            hub.settimeout(5)
            return frame.read(hub)[0]

    def test_done(self):
        self.assertEqual(self.run_with({"op": "done"}, close=False), {"v": 1, "op": "hello", "flower": mock.ANY})

    def test_what_ends_a_run(self):
        for head, error, text in [
            ({"op": "fail", "why": "site north\nrefused"}, RuntimeError, "site north refused"),
            ({"op": "done", "v": 2}, ValueError, "the hub speaks version 2, this app version 1"),
            ({"op": "unheard of"}, ConnectionError, "the hub went away: start `fedpurel hub` again, then `flwr run`"),
        ]:
            with self.assertRaises(error) as raised:
                self.run_with(head)
            self.assertEqual(str(raised.exception), text)

    def test_where_the_hub_is(self):
        for path, error, text in [("hub.sock", ValueError, "not an absolute path"),
                                  ("/nowhere/hub.sock", ConnectionError, "no fedpurel program answers")]:
            with self.assertRaisesRegex(error, text):
                server_app.main(Grid(), types.SimpleNamespace(run_config={"hub-socket": path}))


if __name__ == "__main__":
    unittest.main()
