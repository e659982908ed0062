"""Serve the shop over TLS on a free loopback port, with Django's own threaded server.

Run in the shop's own environment by server.py. The port is the one line printed; the server ends when its
standard input ends, which also happens when the process that started it is killed.
"""

import argparse
import socket
import ssl
import sys
import threading
from pathlib import Path

import oscar
from django.contrib.staticfiles.handlers import StaticFilesHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.core.wsgi import get_wsgi_application

HANDSHAKE_S = 20
# django-oscar loads jQuery from this host, and its own copy when the host does not answer.
SCRIPT_HOST = "ajax.googleapis.com"
SCRIPT = Path(oscar.__file__).parent / "static/oscar/js/jquery/jquery.min.js"


class TlsServer(ThreadedWSGIServer):
    """Django's server with TLS; each handshake runs in its connection's thread, so none can stall others."""

    request_queue_size = 128

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        super().__init__(("127.0.0.1", 0), WSGIRequestHandler)
        self.base_environ["HTTPS"] = "on"

    def finish_request(self, request: socket.socket, client_address) -> None:
        """Shake hands, then answer; a browser that opens a socket ahead of need and drops it is no error."""
        request.settimeout(HANDSHAKE_S)
        try:
            with self.context.wrap_socket(request, server_side=True) as secured:
                secured.settimeout(None)
                super().finish_request(secured, client_address)
        except (ssl.SSLError, TimeoutError, ConnectionError):
            return


def application():
    """The shop, and beside it the one file that the script host is asked for."""
    shop = StaticFilesHandler(get_wsgi_application())

    def answer(environ, start_response):
        if environ.get("HTTP_HOST") != SCRIPT_HOST:
            return shop(environ, start_response)
        script = SCRIPT.read_bytes()
        headers = [("Content-Type", "text/javascript"), ("Content-Length", str(len(script)))]
        start_response("200 OK", headers)
        return [script]

    return answer


def main() -> None:
    """Listen, say where, and serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("certificate", help="PEM with the private key and the certificate chain")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(parser.parse_args().certificate)
    server = TlsServer(context)
    server.set_app(application())
    threading.Thread(target=server.serve_forever, daemon=True).start()
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
