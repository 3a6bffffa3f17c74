"""Remote XMPP servers: one that keeps to the rules and can break them at chosen steps, and one scripted by hand."""

import queue
import secrets
import socket
import threading

from . import dialback, sasl
from .certificates import client_context, server_context
from .misbehaviour import GO_ON, hang_up
from .stream import FOOTER, Closed, Stream
from .waiting import PATIENCE, eventually
from .xml import Element, StreamEnd

STARTTLS = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
PROCEED = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
BIDI = "<bidi xmlns='urn:xmpp:bidi'/>"
BIDI_FEATURE = "<bidi xmlns='urn:xmpp:features:bidi'/>"


def features(
    starttls: bool = False, required: bool = False, dialback: bool = True, external: bool = False, more: str = "",
    errors: bool = True,
) -> str:  # fmt: skip
    """Returns a server's stream features. `more`: further ones. `errors`: with dialback errors (XEP-0220 §2.4.2)."""
    content = more
    if starttls:
        content += f"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'>{'<required/>' * required}</starttls>"
    if dialback:
        content += f"<dialback xmlns='urn:xmpp:features:dialback'>{'<errors/>' * errors}</dialback>"
    if external:
        content += sasl.MECHANISMS
    return f"<stream:features>{content}</stream:features>"


class Listener:
    """A listening socket for some domains, for which it adds DNS records. The test accepts connections by hand."""

    def __init__(
        self, dns, *domains: str, host="127.0.0.1", port=0, priority=0, backlog=64, secret=None, receive_buffer=None,
        certificate=None, direct_tls=False,
    ):  # fmt: skip
        self.domains, self._dns = domains, dns
        self.certificate = certificate  # chain and key in PEM, for both roles; None: self-signed, as receiving server
        self.direct_tls = direct_tls  # whether DNS leads to it by direct TLS, and connections begin with TLS
        self.source = None  # local address of the streams that it opens
        self.lang = ""  # xml:lang of the headers that it answers by hand
        self.domain = domains[0] if domains else ""
        self.secret = secret or secrets.token_hex(8)
        self._sock = socket.create_server((host, port), backlog=backlog)
        self.address = self._sock.getsockname()
        if receive_buffer:  # octets; accepted sockets inherit it
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        for domain in domains:
            dns.add_server(domain, *self.address, priority=priority, direct_tls=direct_tls)

    def accept(self, within: float = PATIENCE) -> Stream:
        self._sock.settimeout(within)
        return Stream(self._sock.accept()[0])

    def close(self) -> None:
        try:
            self._sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._sock.close()
        for domain in self.domains:
            self._dns.remove(domain)

    # -- as receiving server, by hand -----------------------------------------------------------------------

    def accept_secured(self, within: float = PATIENCE, **offered) -> Stream:
        """Accepts a stream up to its second header, on TLS by STARTTLS, and sends the `features` offered there."""
        stream = self.accept(within)
        self.answer_header(stream, starttls=True)
        stream.expect("tls:starttls")
        stream.send(PROCEED).start_tls(server_context(*self.domains, pem=self.certificate), server_side=True)
        return self.answer_header(stream, **offered)

    def answer_header(self, stream: Stream, **offered) -> Stream:
        """Reads the header, and sends its own header and these `features`."""
        header = stream.read_header()
        stream.send_header(from_=header["to"], to=header["from"], id=secrets.token_hex(8), lang=self.lang)
        return stream.send(features(**offered))

    def accept_external(self, stream: Stream) -> str:
        """Accepts the next attempt of EXTERNAL, and the third header. Returns the authzid."""
        authzid = sasl.authzid_of(stream.expect("sasl:auth"))
        stream.send(sasl.SUCCESS).restart()
        self.answer_header(stream)
        return authzid

    # -- as initiating server -------------------------------------------------------------------------------

    def open_stream(
        self, address, to: str, from_: str = None, *, secure=False, direct=False, alpn=True, version="1.0", **header
    ) -> Stream:
        """Opens a stream to `address` up to the point where authentication can begin.

        `secure`: uses STARTTLS, which must be offered. `direct`: begins with TLS; `alpn`: named as in XEP-0368.
        """
        attributes = {"from_": self.domain if from_ is None else from_, "to": to, "version": version} | header
        stream = Stream.connect(address, source=self.source)
        if direct:
            stream.start_tls(client_context(self.certificate, alpn), name=to)
        self._exchange_headers(stream, attributes)
        if secure:
            assert stream.features.find("tls:starttls") is not None, f"no STARTTLS: {stream.features!r}"
            stream.send(STARTTLS).expect("tls:proceed")
            stream.start_tls(client_context(self.certificate), name=to)
            self._exchange_headers(stream, attributes)
        return stream

    @staticmethod
    def _exchange_headers(stream: Stream, attributes: dict) -> None:
        stream.send_header(**attributes)
        stream.read_header()
        if attributes["version"]:
            stream.features = stream.expect("stream:features")

    def connect_by_certificate(self, address, to: str, from_: str = None, bidi=False, **how) -> Stream:
        """Returns a stream on TLS that EXTERNAL has authenticated. The first attempt must succeed.

        `bidi`: requests a bidirectional stream first.
        """
        stream = self.open_stream(address, to, from_, **{"secure": not how.get("direct")} | how)
        assert sasl.is_offered(stream.features), f"no EXTERNAL: {stream.features!r}"
        stream.send(BIDI * bidi + sasl.auth(from_ or self.domain)).expect("sasl:success")
        return self.begin_authenticated(stream, to, from_)

    def begin_authenticated(self, stream: Stream, to: str, from_: str = None) -> Stream:
        """Restarts the stream after `<success/>`."""
        stream.restart()
        self._exchange_headers(stream, {"from_": from_ or self.domain, "to": to, "version": "1.0"})
        stream.authenticated = True
        return stream

    def send_key(self, stream: Stream, to: str, from_: str = None, prefix="db") -> None:
        """Sends the correct key for this stream."""
        from_ = from_ or self.domain
        key = dialback.dialback_key(self.secret, to, from_, stream.header["id"])
        dialback.send_key(stream, from_, to, key, prefix)

    def authenticate(self, stream: Stream, to: str, from_: str = None, prefix="db") -> Stream:
        """Authenticates one domain pair by dialback, which must succeed."""
        self.send_key(stream, to, from_, prefix)
        stream.expect("db:result", from_=to, to=from_ or self.domain, type="valid")
        return stream

    def connect(self, address, to: str, from_: str = None, **how) -> Stream:
        """Returns a stream authenticated by dialback. `prefix`: of dialback's elements; "": the default namespace."""
        return self.authenticate(self.open_stream(address, to, from_, **how), to, from_, how.get("prefix", "db"))


class Server(Listener):
    """A server that answers automatically, on threads of its own.

    `received` has the stanzas that arrived, each with its stream. `misbehave` maps a step to a function that takes over
    the stream from there: "connected", "header received", "header sent", "features sent",
    "starttls received", "proceed sent", "secure header received", "secure header sent", "secure features sent",
    "auth received", "key received", "verify received", "authenticated", "stanza received". An entry applies from the
    time at which it is set.

    `security`: "none", "optional" or "required".
    `external`: the answer to an attempt of EXTERNAL on TLS: "success", or a condition of SASL; None: not offered.
    `authzids` has the attempts.
    `authorities`: must have issued the hub's certificate, see `server_context`.
    `version`: "" for a server before XMPP 1.0.
    `key_answer` and `verify_answer`: (type, condition) instead of the true answer.
    `verify_at`: the hub's address, for questions about incoming keys; None: keys are accepted without a question.
    `errors`: whether dialback errors are offered.
    """

    def __init__(
        self, dns, *domains, security="optional", version="1.0", prefix="db", verify_at=None, external=None,
        authorities=b"", offers_dialback=True, errors=True, **listener
    ):  # fmt: skip
        super().__init__(dns, *domains, **listener)
        self.external, self.authzids, self.offers_dialback = external, [], offers_dialback
        self.offers_errors = errors
        self.security, self.version, self.prefix, self.verify_at = security, version, prefix, verify_at
        self.key_answer = self.verify_answer = None
        self.misbehave = {}
        self.received = queue.Queue()
        self.streams = []  # all accepted connections, in order
        self.verified = []  # all db:verify requests that were answered
        self.errors = []  # stream errors received
        self.ended = []  # streams on which the hub's footer arrived
        names = [domain.encode("idna").decode() for domain in domains]
        self._context = None
        if security != "none":
            self._context = server_context(
                *names, pem=self.certificate, alpn=self.direct_tls, authorities=authorities
            )
        threading.Thread(target=self._accept_all, daemon=True).start()

    @property
    def attempts(self) -> int:
        """Returns the number of accepted connections."""
        return len(self.streams)

    def expect(self, name: str, within: float = PATIENCE, **attributes) -> Element:
        """Returns the next received stanza, which must be this one."""
        element, _ = self.next(within)
        assert element.is_a(name), f"expected <{name}/>, got {element!r}"
        for key, value in attributes.items():
            assert element.get(key.rstrip("_")) == value, f"expected {key}={value!r}, got {element!r}"
        return element

    def expect_message(self, within: float = PATIENCE, **attributes) -> Element:
        return self.expect("server:message", within, **attributes)

    def next(self, within: float = PATIENCE):
        """Returns the next received stanza and its stream."""
        try:
            return self.received.get(timeout=within)
        except queue.Empty:
            raise AssertionError(f"no stanza came to {self.domain} within {within} s; errors: {self.errors}") from None

    def collect(self, count: int, within: float = PATIENCE) -> list:
        return [self.next(within)[0] for _ in range(count)]

    def drop_streams(self, how=hang_up) -> None:
        """Ends all connections accepted so far."""
        for stream in self.streams:
            try:
                how(stream)
            except OSError:
                pass

    def end_streams(self) -> None:
        """Ends all open streams in order. Later stanzas from the hub come on other streams."""
        for stream in set(self.streams) - set(self.ended):
            try:
                stream.send(FOOTER)
            except OSError:
                continue  # the connection had ended before
            eventually(lambda: stream in self.ended, 10, "the end of the hub's side")

    def close(self) -> None:
        """Closes the listening socket and all streams, like a server that is shut down."""
        super().close()
        self.drop_streams()

    # -- serving --------------------------------------------------------------------------------------------

    def _accept_all(self) -> None:
        while True:
            try:
                stream = self.accept(None)
            except OSError:
                return
            self.streams.append(stream)
            threading.Thread(target=self._serve, args=(stream,), daemon=True).start()

    def _serve(self, stream: Stream) -> None:
        try:
            if self._taken_over("connected", stream):
                return
            if self.direct_tls:
                stream.start_tls(self._context, server_side=True)
            while self._step(stream):
                pass
        except (Closed, OSError):
            pass

    def _taken_over(self, step: str, stream: Stream) -> bool:
        act = self.misbehave.get(step)
        return act is not None and act(stream) is not GO_ON

    def _step(self, stream: Stream) -> bool:
        """Handles one item. Returns false at the end of the stream."""
        if stream.header is None:
            return self._answer_header(stream)
        item = stream.read(600)
        if isinstance(item, StreamEnd):
            self.ended.append(stream)
            stream.close()
            return False
        if item.is_a("tls:starttls"):
            return self._answer_starttls(stream)
        if item.is_a("sasl:auth"):
            return self._answer_auth(stream, item)
        if item.is_a("db:result") and not item.get("type"):
            return self._answer_key(stream, item)
        if item.is_a("db:verify") and not item.get("type"):
            return self._answer_verify(stream, item)
        if item.is_a("stream:error"):
            self.errors.append(item)
            return True
        self.received.put((item, stream))
        return not self._taken_over("stanza received", stream)

    def _answer_header(self, stream: Stream) -> bool:
        word = "secure " if stream.secure else ""
        header = stream.read_header(600)
        if self._taken_over(word + "header received", stream):
            return False
        stream.send_header(
            from_=header.get("to") or self.domain, to=header.get("from", ""), id=secrets.token_hex(8),
            version=self.version, prefix=self.prefix if self.offers_dialback else "",
        )  # fmt: skip
        if self._taken_over(word + "header sent", stream):
            return False
        if self.version and header.get("version"):
            offer_tls = self.security != "none" and not stream.secure
            required = self.security == "required"
            external = self.external and stream.secure and not stream.authenticated
            offer_dialback = self.offers_dialback and (stream.secure or not required)
            stream.send(
                features(offer_tls, required, offer_dialback, external=bool(external), errors=self.offers_errors)
            )
            return not self._taken_over(word + "features sent", stream)
        return True

    def _answer_starttls(self, stream: Stream) -> bool:
        if self._taken_over("starttls received", stream):
            return False
        stream.send(PROCEED)
        if self._taken_over("proceed sent", stream):
            return False
        stream.start_tls(self._context, server_side=True)
        return True

    def _answer_auth(self, stream: Stream, request: Element) -> bool:
        self.authzids.append(sasl.authzid_of(request))
        if self._taken_over("auth received", stream):
            return False
        if self.external == "success":
            stream.send(sasl.SUCCESS).restart()
            stream.authenticated = True
        else:
            stream.send(sasl.failure(self.external))
        return True

    def _answer_key(self, stream: Stream, request: Element) -> bool:
        if self._taken_over("key received", stream):
            return False
        stream.send(dialback.answer(request, *(self.key_answer or (self._verdict(stream, request), "")), self.prefix))
        return not self._taken_over("authenticated", stream)

    def _verdict(self, stream: Stream, request: Element) -> str:
        if not self.verify_at:
            return "valid"
        asking = self.open_stream(self.verify_at, request["from"], request["to"], secure=self.security == "required")
        id = stream.sent_id
        verdict = dialback.ask_about_key(asking, request["to"], request["from"], id, request.tree.text)["type"]
        asking.close()
        return verdict

    def _answer_verify(self, stream: Stream, request: Element) -> bool:
        if self._taken_over("verify received", stream):
            return False
        key = dialback.dialback_key(self.secret, request["from"], request["to"], request["id"])
        true_answer = ("valid" if request.tree.text == key else "invalid", "")
        self.verified.append(request)
        stream.send(dialback.answer(request, *(self.verify_answer or true_answer), self.prefix))
        return True
