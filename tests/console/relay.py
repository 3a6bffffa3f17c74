"""Passes requests from a port of loopback to a hub's Unix socket, whose users are operators."""

import http.client
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from peers.api import UnixConnection

SESSION = {"user": "uid 0", "role": "operator"}
HOP_BY_HOP = {"connection", "transfer-encoding", "content-length", "host"}


class Relay:
    """Serves until `close`. It answers `session` itself: over the socket nobody has to log in."""

    def __init__(self, hub):
        relay = self
        self._socket = hub.api.path

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do_GET(self):
                relay.pass_on(self)

            do_HEAD = do_POST = do_PATCH = do_PUT = do_DELETE = do_GET

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.origin = "http://127.0.0.1:%d" % self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def pass_on(self, request) -> None:
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))
        if request.path == "/api/v1/session":
            return self._answer(request, 200, {"Content-Type": "application/json"}, json.dumps(SESSION).encode())
        connection = UnixConnection(self._socket)
        connection.timeout = 60
        try:
            connection.request(request.command, request.path, body or None, self._passed(request.headers))
            response = connection.getresponse()
            if response.headers.get("Content-Type") == "text/event-stream":
                self._stream(request, response)
            else:
                self._answer(request, response.status, self._passed(response.headers), response.read())
        except (OSError, http.client.HTTPException):
            request.close_connection = True  # as a hub that has gone
        finally:
            connection.close()

    @staticmethod
    def _passed(headers) -> dict:
        return {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP}

    @staticmethod
    def _answer(request, status, headers, body) -> None:
        request.send_response(status)
        for name, value in {**headers, "Content-Length": len(body)}.items():
            request.send_header(name, str(value))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    def _stream(self, request, response) -> None:
        request.close_connection = True
        request.send_response(200)
        for name, value in {**self._passed(response.headers), "Connection": "close"}.items():
            request.send_header(name, value)
        request.end_headers()
        while part := response.read1(4096):
            request.wfile.write(part)
            request.wfile.flush()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
