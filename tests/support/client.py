"""A user of a real server: slixmpp in a thread of its own, which runs on the user's host."""

import asyncio
import copy
import threading

from slixmpp import ClientXMPP
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

from .servers.base import CLIENT_PORT
from .wait import eventually


class Client:
    """Logs in at the server on its own host, and records every stanza that arrives.

    @param queries namespaces whose iq requests the test answers itself; slixmpp would answer `feature-not-implemented`.
    """

    def __init__(self, host, jid, password, queries=()):
        self.host = host
        self._inbox = []  # only the thread appends to it; list operations are atomic
        self._online = threading.Event()
        self._failure = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._live, args=(jid, password, queries), daemon=True)

    @property
    def jid(self):
        """Returns the full JID that the server assigned."""
        return self._xmpp.boundjid.full

    @property
    def bare_jid(self):
        return self._xmpp.boundjid.bare

    def log_in(self, within=20.0):
        """@returns self, once the session is established and the user is available."""
        self._thread.start()
        eventually(lambda: self._online.is_set() or self._failure, "the client logs in", within)
        assert self._failure is None, f"the client could not log in: {self._failure}"
        return self

    def _live(self, jid, password, queries):
        self.host.move_in()
        asyncio.set_event_loop(self._loop)
        self._xmpp = xmpp = ClientXMPP(jid, password, plugin_config={
            "feature_mechanisms": {"unencrypted_plain": True, "unencrypted_digest": True,
                                   "unencrypted_scram": True}})
        xmpp.auto_authorize = None  # subscriptions are the test's to answer
        xmpp.auto_subscribe = False
        xmpp.register_plugin("xep_0199")  # ping
        for namespace in queries:
            xmpp.register_handler(Callback(namespace, MatchXPath(f"{{jabber:client}}iq/{{{namespace}}}query"),
                                           lambda _: None))
        xmpp.add_filter("in", self._record)
        xmpp.add_event_handler("session_start", self._on_session)
        for event in ("failed_all_auth", "connection_failed"):
            xmpp.add_event_handler(event, lambda reason, event=event: self._fail(event, reason))
        xmpp.connect(("127.0.0.1", CLIENT_PORT), use_ssl=False, disable_starttls=True)
        self._loop.run_forever()

    def _fail(self, event, reason):
        self._failure = f"{event}: {reason}"

    async def _on_session(self, _):
        await self._xmpp.get_roster()
        self._xmpp.send_presence()
        self._online.set()

    def _record(self, stanza):
        self._inbox.append(copy.deepcopy(stanza.xml))
        return stanza

    def send(self, xml):
        """Sends the text unchanged."""
        self._loop.call_soon_threadsafe(self._xmpp.send_raw, xml)

    def expect(self, what, matches, within=15.0):
        """Waits for a stanza for which `matches(element)` is true, and removes it from the inbox.

        @returns the element (content namespace jabber:client).
        """
        def take():
            for element in list(self._inbox):
                if matches(element):
                    self._inbox.remove(element)
                    return element
            return None

        try:
            # An Element without children is false, hence the tuple.
            return eventually(lambda: (lambda x: (x,) if x is not None else None)(take()), what, within)[0]
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.bare_jid} has got: {self._describe_inbox()}") from None

    def _describe_inbox(self):
        return [f"{x.tag.rpartition('}')[2]} {dict(x.attrib)}" for x in self._inbox]

    def log_out(self):
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._xmpp.disconnect)
        asyncio.run_coroutine_threadsafe(self._end(), self._loop)
        self._thread.join(10)
        self._loop.close()

    async def _end(self):
        await asyncio.wait([self._xmpp.disconnected], timeout=3)
        rest = [task for task in asyncio.all_tasks(self._loop) if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        self._loop.stop()
