"""A proxy on loopback that connects the browser of one run to addresses it may reach, and to no other.

It looks up the name itself, checks every address, and connects to one that it has checked: what a name server
says a moment later changes nothing. It runs in a thread of the process that supervises the run and ends with
it, so a browser that outlived it reaches nothing. Every decision is a line of its log, written before the
browser is answered.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from ipaddress import ip_address
from typing import TYPE_CHECKING, NamedTuple, Self

from crawler.browse.proxy import socks
from crawler.browse.proxy.log import FULL, LogWriter
from crawler.browse.proxy.ranges import literal, range_names
from crawler.browse.proxy.resolver import NameNotFoundError, Resolver
from crawler.browse.proxy.socks import Answer
from crawler.errors import CaptureError
from crawler.lib.clock import stamp
from crawler.model.evidence import Address, ProxiedConnection
from crawler.settings import NOT_FOUND

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from crawler.browse.proxy.ranges import IpAddress, Ranges
    from crawler.settings import HostMapping

LOG = "proxy.jsonl"  # in the private folder of a run
HERE = "127.0.0.1"
ASK_S = 15.0  # for a client to say what it wants
CONNECT_S = 10.0  # for one address
START_S = 10.0
MAX_OPEN = 512  # connections at once; a browser opens 32 by one proxy
_BLOCK_BYTES = 1 << 16
NUMERIC = "not plain"  # a host that ends in a number and is no address in plain form
ANOTHER = "another address"  # than the one that was checked
REFUSALS = (*range_names(), NUMERIC, ANOTHER, FULL)  # why a connection is refused


class _Outcome(NamedTuple):
    """What becomes of a request for a connection, and the open connection where there is one."""

    record: ProxiedConnection
    answer: Answer
    streams: tuple[StreamReader, StreamWriter] | None = None


class CheckingProxy:
    """The proxy of one run; `port` is where it listens once it is entered.

    Args:
        ranges: What may be connected to.
        log: Where its decisions are written.
        mappings: Host names that stand for other addresses; the proxy goes by them, not the browser.
        resolver: Finds the addresses of names.
    """

    def __init__(
        self,
        ranges: Ranges,
        log: Path,
        mappings: Sequence[HostMapping] = (),
        resolver: Resolver | None = None,
    ) -> None:
        self._ranges, self._path, self._mappings = ranges, log, mappings
        self._resolver = resolver or Resolver()
        self._thread = threading.Thread(target=self._serve, name="checking proxy", daemon=True)
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._error: OSError | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    def __enter__(self) -> Self:
        """Start to listen.

        Raises:
            CaptureError: it cannot; nothing may go past it, so there is no run.
        """
        self._thread.start()
        started = self._ready.wait(START_S)
        if self._error is not None or not started:
            raise CaptureError(
                f"The checking proxy does not start: {self._error or 'no answer'}.",
                hint="Free some space in the temporary folder, see whether loopback works, start again.",
            ) from self._error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cut every connection and stop."""
        if self._loop is not None and self._stop is not None and not self._loop.is_closed():
            with suppress(RuntimeError):  # it has ended meanwhile
                self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(START_S)

    # --- the thread ------------------------------------------------------------------------------------

    def _serve(self) -> None:
        try:
            asyncio.run(self._listen())
        except OSError as error:
            self._error = error
            self._ready.set()

    async def _listen(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        self._log = LogWriter(self._path)
        try:
            server = await asyncio.start_server(self._on_client, HERE, 0, limit=_BLOCK_BYTES)
            self.port = server.sockets[0].getsockname()[1]
            self._ready.set()
            await self._stop.wait()
            server.close()
            for task in tuple(self._tasks):
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        finally:
            self._log.close()

    def _on_client(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._attend(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _attend(self, reader: StreamReader, writer: StreamWriter) -> None:
        """Serve one client from its greeting to its end; whatever breaks ends this client alone."""
        try:
            if len(self._tasks) > MAX_OPEN:
                return
            async with asyncio.timeout(ASK_S):
                host, port = await socks.read_request(reader, writer)
            outcome = await self._connect(host, port, writer.get_extra_info("peername")[1])
            await self._answer((reader, writer), outcome)
        except (OSError, TimeoutError, EOFError, socks.NotSocksError):
            return
        finally:
            await _close(writer)

    async def _answer(self, client: tuple[StreamReader, StreamWriter], outcome: _Outcome) -> None:
        """Write down what was decided, tell the client, and pass bytes where it is connected."""
        server = outcome.streams
        try:
            self._log.append(outcome.record)
            client[1].write(socks.answer(outcome.answer))
            if server is not None:
                await asyncio.gather(_copy(client[0], server[1]), _copy(server[0], client[1]))
        finally:
            if server is not None:  # also where the decision could not be written: then nothing passes
                await _close(server[1])

    # --- one connection --------------------------------------------------------------------------------

    async def _connect(self, host: str, port: int, client_port: int) -> _Outcome:
        """Look up, check and connect; say what came of it."""
        asked = ProxiedConnection(
            time=stamp(), host=host, port=port, client_port=client_port, decision="failed"
        )
        if self._log.full:
            return _refused(asked, FULL, None)
        name, port = self._mapped(host, port)
        try:
            found = await self._addresses(name)
        except NameNotFoundError as error:
            return _failed(asked, str(error), Answer.HOST_UNREACHABLE)
        except ValueError:
            return _refused(asked, NUMERIC, None)
        allowed = [each for each in found if not self._ranges.refusal(each)]
        if not allowed:
            return _refused(asked, self._ranges.refusal(found[0]), Address(ip=str(found[0]), port=port))
        over = tuple(str(each) for each in found if each not in allowed)
        return await _open(asked.model_copy(update={"passed_over": over}), allowed, port)

    def _mapped(self, host: str, port: int) -> tuple[str, int]:
        """Return where a host is looked for: itself, or what it is mapped to. Exact names go before stars."""
        ordered = sorted(self._mappings, key=lambda each: (each.host == "*", "*" in each.host))
        mapping = next((each for each in ordered if each.covers(host)), None)
        if mapping is None:
            return host, port
        if mapping.target == NOT_FOUND:
            return NOT_FOUND, port
        name, _, mapped = mapping.target.rpartition(":")
        return name, int(mapped)

    async def _addresses(self, name: str) -> Sequence[IpAddress]:
        if name == NOT_FOUND:
            raise NameNotFoundError("NXDOMAIN")
        address = literal(name)
        return (address,) if address is not None else await self._resolver.addresses(name)


async def _open(asked: ProxiedConnection, allowed: Sequence[IpAddress], port: int) -> _Outcome:
    """Connect to the first address that takes it. Each is given as a number: nothing is looked up again."""
    error: OSError | TimeoutError = TimeoutError()
    for address in allowed:
        try:
            async with asyncio.timeout(CONNECT_S):
                streams = await asyncio.open_connection(str(address), port, limit=_BLOCK_BYTES)
        except (OSError, TimeoutError) as failure:
            error = failure
            continue
        peer = ip_address(streams[1].get_extra_info("peername")[0])
        if peer != address:  # cannot be, and must not be
            await _close(streams[1])
            return _refused(asked, ANOTHER, Address(ip=str(peer), port=port))
        there = Address(ip=str(address), port=port)
        record = asked.model_copy(update={"decision": "connected", "address": there})
        return _Outcome(record, Answer.CONNECTED, streams)
    return _failed(asked, type(error).__name__, _answer_to(error))


def _answer_to(error: OSError | TimeoutError) -> Answer:
    if isinstance(error, TimeoutError):
        return Answer.TIMED_OUT
    return Answer.CONNECTION_REFUSED if isinstance(error, ConnectionRefusedError) else Answer.FAILED


def _refused(asked: ProxiedConnection, name: str, address: Address | None) -> _Outcome:
    record = asked.model_copy(update={"decision": "refused", "range": name, "address": address})
    return _Outcome(record, Answer.REFUSED)


def _failed(asked: ProxiedConnection, error: str, code: Answer) -> _Outcome:
    return _Outcome(asked.model_copy(update={"error": error}), code)


async def _copy(reader: StreamReader, writer: StreamWriter) -> None:
    while block := await reader.read(_BLOCK_BYTES):
        writer.write(block)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def _close(writer: StreamWriter) -> None:
    writer.close()
    with suppress(OSError, asyncio.CancelledError):
        await writer.wait_closed()
