"""Which of Flower's nodes is which site."""

from logging import INFO, WARNING

from flwr.app import Message
from flwr.common import log

from . import frame

LOOK = 2.0  # seconds between looks for nodes
HELLO = 60.0  # seconds a node without a name has to say whose it is


class Sites:
    """A node that was registered under a name is that site's; any other is asked, and believed."""

    def __init__(self, grid, clock):
        self.grid, self.clock = grid, clock
        self.node = {}  # by site
        self.asked = {}  # messages under way, and the nodes they went to
        self.known = set()  # nodes that have said whose they are
        self.next = 0.0

    def look(self):
        """Finds nodes that came and forgets those that went. Never waits."""
        if self.clock() >= self.next:
            self.next = self.clock() + LOOK
            here = {n.node_id: n.name for n in self.grid.get_nodes()}
            self.node = {site: n for site, n in self.node.items() if n in here}
            self.known &= here.keys()
            self.asked = {m: n for m, n in self.asked.items() if n in here}
            for n, name in here.items():
                if name:
                    self.is_at(name, n)
                elif n not in self.known and n not in self.asked.values():
                    self.ask(n)
        for m in self.grid.pull_messages(list(self.asked)) if self.asked else []:
            node = self.asked.pop(m.metadata.reply_to_message_id, None)
            if m.has_error():
                log(WARNING, "node %s does not say whose it is: %s", node, frame.line(m.error.reason))
                continue  # it is asked again at the next look
            self.known.add(node)
            self.is_at(frame.unpack(m.content)[0].get("site", ""), node)

    def ask(self, node):
        content = frame.pack({"v": frame.VERSION, "op": "hello"}, {})
        for m in self.grid.push_messages([Message(content, node, "query", ttl=HELLO, group_id="hello")]):
            if m:
                self.asked[m] = node

    def is_at(self, site, node):
        if self.node.get(site) != node:
            log(INFO, 'site "%s" is node %s', site, node)
            self.node[site] = node

    def lost(self, site, why):
        log(WARNING, 'site "%s": %s', site, why)
        self.node.pop(site, None)
        self.next = 0.0

    def other(self, site, head):
        """What is wrong if the node of a site answers under another name: whoever answers there is left out."""
        name = head.get("site") or site
        if name == site:
            return ""
        why = f'the node of site "{site}" says that it is "{name}": left out'
        log(WARNING, "%s", why)
        return why
