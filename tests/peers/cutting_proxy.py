"""A TCP proxy that can hold octets back, and can cut its connections together with the octets that it holds."""

import socket
import struct
import threading


class CuttingProxy:
    """Forwards connections to `address` to `target`, in both directions."""

    def __init__(self, target):
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()
        self._lock = threading.Lock()
        self._live = []
        self._open = {"there": threading.Event(), "back": threading.Event()}
        for gate in self._open.values():
            gate.set()
        threading.Thread(target=self._accept_all, daemon=True).start()

    def hold(self, direction: str) -> None:
        """Forwards nothing "there" (to the target) or "back" until the next cut."""
        self._open[direction].clear()

    def cut(self) -> None:
        """Resets all connections on both sides."""
        with self._lock:
            live, self._live = self._live, []
        for sock in live:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            try:
                sock.shutdown(socket.SHUT_RD)  # wakes the thread that reads, which holds the socket open until then
            except OSError:
                pass  # the other side has closed it already
            sock.close()
        for gate in self._open.values():
            gate.set()

    def close(self) -> None:
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._listener.close()
        self.cut()

    def _accept_all(self) -> None:
        while True:
            try:
                near = self._listener.accept()[0]
                far = socket.create_connection(self._target)
            except OSError:
                return
            with self._lock:
                self._live += [near, far]
            for source, sink, direction in ((near, far, "there"), (far, near, "back")):
                threading.Thread(target=self._pass_on, args=(source, sink, direction), daemon=True).start()

    def _pass_on(self, source, sink, direction) -> None:
        try:
            while octets := source.recv(65536):
                self._open[direction].wait()
                sink.sendall(octets)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # cut, by this proxy or at the other end
