"""A name server on loopback that says what a test tells it to, and says it anew each time it is asked."""

from __future__ import annotations

import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dns.asyncresolver
import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

if TYPE_CHECKING:
    from collections.abc import Iterator


class Names:
    """Answers of a running name server: `answers[name]` is a list of turns, each a list of addresses.

    The last turn stays. `asked` lists the names that were asked for by their A records.
    """

    def __init__(self, answers: dict[str, list[list[str]]]) -> None:
        self.answers, self.asked = answers, list[str]()
        self.port = 0

    def resolver(self) -> dns.asyncresolver.Resolver:
        """Return a resolver that asks this server alone."""
        asked = dns.asyncresolver.Resolver(configure=False)
        asked.nameservers, asked.port = ["127.0.0.1"], self.port
        return asked

    def addresses(self, name: str, kind: int) -> list[str]:
        """Return what is answered now; the turn passes with the question for A records."""
        turns = self.answers.get(name, [])
        if not turns:
            return []
        if kind == dns.rdatatype.A:
            self.asked.append(name)
        turn = turns[min(self.asked.count(name) - 1, len(turns) - 1)] if self.asked.count(name) else turns[0]
        return [each for each in turn if (":" in each) == (kind == dns.rdatatype.AAAA)]


@contextmanager
def serve_names(answers: dict[str, list[list[str]]]) -> Iterator[Names]:
    """Serve names while the block runs."""
    names = Names(answers)

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, socket = self.request
            query = dns.message.from_wire(data)
            question = query.question[0]
            name = question.name.to_text(omit_final_dot=True)
            reply = dns.message.make_response(query)
            if name not in names.answers:
                reply.set_rcode(dns.rcode.NXDOMAIN)
            elif found := names.addresses(name, question.rdtype):
                kind = dns.rdatatype.to_text(question.rdtype)
                reply.answer.append(dns.rrset.from_text(question.name, 0, "IN", kind, *found))
            socket.sendto(reply.to_wire(), self.client_address)

    server = socketserver.ThreadingUDPServer(("127.0.0.1", 0), Handler)
    names.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield names
    finally:
        server.shutdown()
        server.server_close()
