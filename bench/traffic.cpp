#include "bench/traffic.hpp"

#include <vector>

namespace fedhub::bench {

namespace {

constexpr std::string_view tiny[] = {
  "<message from='r@montague.example' to='j@capulet.example' id='1'><body>Ay me!</body></message>",
  "<message from='r@montague.example' to='j@capulet.example' id='2'><body>She speaks.</body>"
  "</message>",
};

// A chat as clients send it: states, receipts, hints, threads, markers.
constexpr std::string_view chat[] = {
  "<message from='romeo@montague.example/orchard' to='juliet@capulet.example/balcony' "
  "id='ktx72v49' type='chat' xml:lang='en'><body>What light through yonder window breaks?</body>"
  "<active xmlns='http://jabber.org/protocol/chatstates'/></message>",
  "<message to=\"romeo@montague.example/orchard\" from=\"juliet@capulet.example/balcony\" "
  "type=\"chat\" id=\"a1b2c3d4-0001\"><body>Who art thou &amp; what is thy name? &lt;3</body>"
  "<request xmlns=\"urn:xmpp:receipts\"/></message>",
  "<message from='romeo@montague.example/orchard' to='juliet@capulet.example/balcony' "
  "id='ktx72v50' type='chat'><received xmlns='urn:xmpp:receipts' id='a1b2c3d4-0001'/>"
  "<store xmlns='urn:xmpp:hints'/><thread>0e3141cd80894871a68e6fe6b1ec56fa</thread></message>",
  "<message to='juliet@capulet.example' from='romeo@montague.example/orchard' type='chat' "
  "id='u-77'><body>Schön, daß du fragst: ich bin’s, Roméo, der Sohn des alten Montague – wer "
  "sonst? 🌹</body><markable xmlns='urn:xmpp:chat-markers:0'/></message>",
};

constexpr std::string_view presence_and_iq[] = {
  "<presence from='romeo@montague.example/orchard' to='juliet@capulet.example' xml:lang='en'>"
  "<show>away</show><priority>5</priority><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' "
  "node='https://client.example' ver='QgayPKawpkPSDYmwT/WM94uAlu0='/>"
  "<x xmlns='vcard-temp:x:update'><photo>0e3141cd80894871a68e6fe6b1ec56fa</photo></x></presence>",
  "<iq from='romeo@montague.example/orchard' to='capulet.example' id='d-1' type='get'>"
  "<query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
  "<iq from='capulet.example' to='romeo@montague.example/orchard' id='d-1' type='result'>"
  "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' type='im' "
  "name='Capulet'/><feature var='http://jabber.org/protocol/disco#info'/>"
  "<feature var='http://jabber.org/protocol/disco#items'/><feature var='urn:xmpp:ping'/>"
  "<feature var='vcard-temp'/></query></iq>",
  "<presence type='unavailable' from='romeo@montague.example/orchard' "
  "to='juliet@capulet.example'/>",
};

constexpr std::string_view beyond_ascii[] = {
  "<message from='ρωμαίος@montague.example' to='ιουλιέτα@capulet.example' id='1' type='chat'><body>"
  "Αλλά σιγά! Τι φως προβάλλει εκεί στο παράθυρο; Είναι η ανατολή, κι η Ιουλιέτα είναι ο ήλιος. "
  "Ανάτειλε, ωραίε ήλιε, και σκότωσε τη φθονερή σελήνη.</body></message>",
  "<message from='romeo@montague.example' to='juliet@capulet.example' id='2' type='chat'><body>"
  "静かに。あの窓からこぼれる光は何だろう。あれは東、そしてジュリエットは太陽だ。昇れ、美しい太陽よ"
  "。"
  "嫉妬深い月を消してしまえ。月は悲しみでもう青ざめている。</body></message>",
};

constexpr std::string_view words =
  "Two households, both alike in dignity, in fair Verona, where we lay our scene, "
  "from ancient grudge break to new mutiny, where civil blood makes civil hands unclean. ";

constexpr std::string_view chat_words =
  "Köln &amp; Bonn: the train leaves at seven and we should be there early, I think. See you in "
  "the café or later; maybe bring your notes about R&amp;D, please, and thanks a lot for asking. ";

constexpr std::string_view long_head =
  "<message from='romeo@montague.example/orchard' to='juliet@capulet.example' id='long-1' "
  "type='chat'><body>";
constexpr std::string_view long_tail = "</body></message>";

/// Returns a message with a body of prose, about `octets` long.
std::string message_of(size_t octets) {
  std::string text{long_head};
  while (text.size() + long_tail.size() < octets)
    text += words.substr(0, octets - text.size() - long_tail.size());
  return text.append(long_tail);
}

/// Returns the same with the text of a chat, in whole rounds of it.
std::string chat_message_of(size_t octets) {
  std::string text{long_head};
  while (text.size() + chat_words.size() + long_tail.size() <= octets)
    text += chat_words;
  return text.append(long_tail);
}

std::vector<std::string> round_of(mix kind) {
  const auto all = [](const auto& x) {
    return std::vector<std::string>{std::begin(x), std::end(x)};
  };
  switch (kind) {
  case mix::tiny_100:
    return all(tiny);
  case mix::chat_250:
    return all(chat);
  case mix::presence_iq_300:
    return all(presence_and_iq);
  case mix::message_1k:
    return {message_of(1024)};
  case mix::message_10k:
    return {message_of(10240)};
  case mix::chat_text_10k:
    return {chat_message_of(10240)};
  case mix::message_64k:
    return {message_of(65536)};
  case mix::text_beyond_ascii_600:
    return all(beyond_ascii);
  }
  return {};
}

} // namespace

std::string traffic(mix kind, size_t octets, size_t& stanzas) {
  const auto round = round_of(kind);
  std::string text;
  stanzas = 0;
  while (text.size() < octets) {
    for (const auto& x : round)
      text += x;
    stanzas += round.size();
  }
  return text;
}

} // namespace fedhub::bench
