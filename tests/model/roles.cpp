#include "tests/model/roles.hpp"

#include <algorithm>
#include <array>

#include <openssl/evp.h>

namespace fedhub::model {

namespace {

constexpr std::string_view good_key = "a-key-that-is-good";
constexpr std::string_view bad_key = "a-key-that-is-not";

std::string server_header(std::string_view from, std::string_view to, std::string_view id) {
  auto text = std::string{"<stream:stream xmlns='jabber:server' "
                          "xmlns:stream='http://etherx.jabber.org/streams' "
                          "xmlns:db='jabber:server:dialback' from='"};
  text.append(from).append("' to='").append(to);
  if (!id.empty())
    text.append("' id='").append(id);
  return text.append("' version='1.0'>");
}

std::string sha1(std::string_view text) {
  std::array<unsigned char, 20> digest{};
  size_t length = 0;
  EVP_Q_digest(nullptr, "SHA1", nullptr, text.data(), text.size(), digest.data(), &length);
  std::string result;
  for (const auto entry : digest) {
    result += "0123456789abcdef"[entry >> 4];
    result += "0123456789abcdef"[entry & 15];
  }
  return result;
}

std::string user(world& x, std::string_view domain) {
  return "u" + std::to_string(x.random.below(3)) + "@" + std::string{domain};
}

} // namespace

// ---- visitor -----------------------------------------------------------------------------------

visitor::visitor(world& world, unique_fd fd, std::string from, std::string to)
  : peer(world, std::move(fd)), from_(std::move(from)), to_(std::move(to)) {
  put(server_header(from_, to_, {}));
}

std::string visitor::label() const {
  return "visitor " + std::to_string(number()) + " of " + from_;
}

void visitor::on_header(const stream_item&) {}

void visitor::on_element(const stream_item& item) {
  const auto name = item.name();
  if (name == "stream:features") {
    ready_ = true;
  } else if (name == "db:result" && item.attribute("type") == "valid") {
    pair is{item.attribute("to"), item.attribute("from")};
    if (!asked_.contains(is))
      world_.wrong("only keys that were sent and are good prove a pair", label());
    proved_.push_back(std::move(is));
  } else if (name == "enabled") {
    managed_ = true;
    session_ = item.attribute("id");
  } else if (name == "resumed" || name == "failed" || name == "a") {
    managed_ = managed_ || name == "resumed";
    count_acknowledged(item);
    resuming_ = resuming_ && name == "a";
    if (name == "failed") { // the visitor may ask again
      asked_to_manage_ = false;
      counted_.clear();
      session_.clear();
    }
  } else if (name == "r") {
    put("<a xmlns='urn:xmpp:sm:3' h='0'/>");
  } else if (is_stanza(item)) {
    world_.wrong("nothing is sent against the stream's direction",
                 label() + " read " + std::string{item.text.substr(0, 100)});
  }
}

void visitor::send_key(const std::string& from, const std::string& to, bool good) {
  if (good)
    asked_.insert({from, to});
  put("<db:result from='" + from + "' to='" + to + "'>" + std::string{good ? good_key : bad_key}
      + "</db:result>");
}

void visitor::ask_about_key(const std::string& to) {
  put("<db:verify from='" + from_ + "' to='" + to + "' id='x'>0123456789abcdef</db:verify>");
}

void visitor::send_stanzas(size_t count, size_t size) {
  const auto& [from, to] = world_.random.pick(proved_);
  for (; count > 0; --count) {
    const auto number =
      put_stanza(user(world_, from), user(world_, to), world_.judge(from, to), size);
    if (asked_to_manage_)
      counted_.push_back(number);
  }
  note_session();
}

void visitor::note_session() {
  if (!session_.empty())
    world_.sessions[session_] = {from_, to_, number(), 0, counted_};
}

void visitor::manage() {
  if (std::exchange(asked_to_manage_, true))
    return;
  for (auto& [id, x] : world_.sessions)
    if (x.from == from_ && x.to == to_ && world_.random.chance(60)) {
      // A real peer would send again the stanzas that the hub did not accept. The model does not.
      counted_ = x.stanzas;
      world_.outdated.insert(std::exchange(x.peer, number()));
      resuming_ = true;
      session_ = id;
      return put("<resume xmlns='urn:xmpp:sm:3' previd='" + id + "' h='0'/>");
    }
  put("<enable xmlns='urn:xmpp:sm:3' resume='true'/>");
}

void visitor::ask_for_acknowledgement() { put("<r xmlns='urn:xmpp:sm:3'/>"); }

void visitor::count_acknowledged(const stream_item& item) {
  if (item.attribute("h").empty())
    return;
  const auto h = std::stoul(std::string{item.attribute("h")});
  if (h > counted_.size())
    return world_.wrong("no more is acknowledged than was sent",
                        label() + ": " + std::to_string(h) + " of "
                          + std::to_string(counted_.size()));
  std::vector<ledger::number> taken{counted_.begin(), counted_.begin() + static_cast<ptrdiff_t>(h)};
  auto good = taken;
  std::erase(good, refused);
  world_.book.taken_over(good);
  if (item.name() == "resumed")
    counted_ = taken;
}

void visitor::forge(const std::string& from, const std::string& to) {
  if (asked_.contains({from, to}))
    return;
  put_stanza(user(world_, from), user(world_, to), standing::forged);
  note_refused();
}

void visitor::put_nonsense(const std::string& what) {
  peer::put_nonsense(what);
  if (what.starts_with("<message") || what.starts_with("<iq"))
    note_refused();
}

/// Notes that the hub counts a stanza over which it ends the stream.
void visitor::note_refused() {
  if (asked_to_manage_)
    counted_.push_back(refused);
  note_session();
}

// ---- component ---------------------------------------------------------------------------------

component::component(world& world, unique_fd fd, component_node node)
  : peer(world, std::move(fd)), node_(std::move(node)) {
  put("<stream:stream xmlns='jabber:component:accept' "
      "xmlns:stream='http://etherx.jabber.org/streams' to='"
      + node_.domains.front() + "'>");
}

std::string component::label() const {
  return "component " + std::to_string(number()) + " of node " + node_.name;
}

void component::on_header(const stream_item& x) {
  put("<handshake>" + sha1(std::string{x.attribute("id")} + node_.secret) + "</handshake>");
}

void component::on_element(const stream_item& item) {
  if (item.name() == "handshake") {
    up_ = true;
  } else if (is_stanza(item)) {
    const auto to = domain_of(item.attribute("to"));
    if (std::ranges::find(node_.domains, to) == node_.domains.end())
      return world_.wrong("a node gets what is for its domains",
                          label() + " read " + std::string{item.text.substr(0, 100)});
    if (item.holds("urn:xmpp:ping"))
      return put("<iq type='result' from='" + std::string{item.attribute("to")} + "' to='"
                 + std::string{item.attribute("from")} + "' id='"
                 + std::string{item.attribute("id")} + "'/>");
    take_stanza(item);
  }
}

void component::send_stanzas(size_t count, const std::vector<std::string>& addressees,
                             size_t size) {
  const auto from = world_.random.pick(node_.domains);
  const auto to = world_.random.pick(addressees);
  const auto* now = world_.now.node(node_.name);
  const auto right = now != nullptr && !world_.next ? standing::good : standing::uncertain;
  for (; count > 0; --count)
    put_stanza(user(world_, from), user(world_, to), right, size);
}

void component::forge(const std::string& from, const std::string& to) {
  put_stanza(user(world_, from), user(world_, to), standing::forged);
}

// ---- server ------------------------------------------------------------------------------------

std::string server::label() const {
  return "server " + std::to_string(number()) + " of " + (domain_.empty() ? "?" : domain_);
}

void server::on_header(const stream_item& item) {
  domain_ = item.attribute("to");
  sender_ = item.attribute("from");
  switch (world_.mood(domain_).header) {
  case domain_mood::answer::right:
    break;
  case domain_mood::answer::none:
    return;
  case domain_mood::answer::reset:
    return reset();
  default:
    put(server_header(domain_, item.attribute("from"), "s" + std::to_string(number())));
    put("<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>"
        "</stream:error>");
    return close_stream();
  }
  put(server_header(domain_, item.attribute("from"), "s" + std::to_string(number())));
  put(features());
}

std::string server::features() {
  std::string more;
  // The servers of the first domains have TLS.
  if (world_.manages && domain_ <= "r2.example" && !secure()) {
    more = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
  } else if (secure() && !authenticated_) {
    more = "<mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>EXTERNAL</mechanism>"
           "</mechanisms>";
  } else if (authenticated_ && world_.random.chance(80)) {
    answers_requests_ = world_.random.chance(90);
    more = "<sm xmlns='urn:xmpp:sm:3'/>";
  }
  return "<stream:features><dialback xmlns='urn:xmpp:features:dialback'><errors/></dialback>" + more
         + "</stream:features>";
}

/// Handles STARTTLS, then EXTERNAL. @returns whether `item` was one of their elements.
bool server::secure_stream(const stream_item& item) {
  const auto name = item.name();
  if (name == "starttls") {
    put("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
    start_tls(world_.tls);
    restart();
  } else if (name == "auth" && world_.random.chance(95)) {
    put("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>");
    granted_.emplace(sender_, domain_);
    authenticated_ = true;
    restart();
  } else if (name == "auth") {
    put("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>");
  } else {
    return false;
  }
  return true;
}

void server::on_element(const stream_item& item) {
  const auto name = item.name();
  if (name == "db:result" && item.attribute("type").empty())
    return answer_key(item);
  if (name == "db:verify" && item.attribute("type").empty())
    return answer_question(item);
  // The hub sends nothing more until it knows the result of its resumption.
  for (const auto settled : std::exchange(answered_, {}))
    world_.book.at(settled).settled = number();
  if (secure_stream(item))
    return;
  if (item.attribute("xmlns") == "urn:xmpp:sm:3")
    return take_management(item);
  if (!is_stanza(item))
    return;
  if (managed_) {
    ++counts_.handled;
    if (const auto number = ledger::number_of(item.attribute("id")))
      counts_.stanzas.push_back(*number);
    if (!session_.empty())
      world_.sessions[session_] = counts_;
  }
  if (item.holds("urn:xmpp:ping"))
    return;
  const std::pair<std::string, std::string> pair{domain_of(item.attribute("from")),
                                                 domain_of(item.attribute("to"))};
  if (!granted_.contains(pair))
    return world_.wrong("the hub speaks for pairs that the peer has authorised",
                        label() + " read " + std::string{item.text.substr(0, 100)});
  take_stanza(item, managed_);
}

// Handles XEP-0198 as receiving server.
void server::take_management(const stream_item& item) {
  const auto name = item.name();
  if (name == "enable" && world_.random.chance(10)) {
    put("<failed xmlns='urn:xmpp:sm:3'/>");
  } else if (name == "enable") {
    managed_ = true;
    counts_ = {};
    counts_.to = domain_;
    counts_.peer = number();
    session_ = world_.random.chance(70) ? "session-" + std::to_string(number()) : "";
    put("<enabled xmlns='urn:xmpp:sm:3'"
        + (session_.empty() ? "/>" : " resume='true' id='" + session_ + "'/>"));
  } else if (name == "r" && answers_requests_) {
    put("<a xmlns='urn:xmpp:sm:3' h='" + std::to_string(counts_.handled) + "'/>");
  } else if (name == "resume") {
    resume(item);
  }
}

void server::resume(const stream_item& item) {
  const std::string id{item.attribute("previd")};
  const auto known = world_.sessions.find(id);
  if (known == world_.sessions.end() || world_.random.chance(20))
    return put("<failed xmlns='urn:xmpp:sm:3'><item-not-found "
               "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></failed>");
  world_.outdated.insert(std::exchange(known->second.peer, number()));
  answered_ = known->second.stanzas;
  const auto h = " h='" + std::to_string(known->second.handled) + "'";
  if (world_.random.chance(30))
    return put("<failed xmlns='urn:xmpp:sm:3'" + h + "/>");
  managed_ = true;
  counts_ = known->second;
  session_ = id;
  put("<resumed xmlns='urn:xmpp:sm:3' previd='" + id + "'" + h + "/>");
}

namespace {

std::string dialback_answer(const stream_item& item, std::string_view type, bool with_id) {
  auto text = "<" + std::string{item.name()} + " from='" + std::string{item.attribute("to")}
              + "' to='" + std::string{item.attribute("from")} + "' type='" + std::string{type}
              + "'";
  if (with_id)
    text += " id='" + std::string{item.attribute("id")} + "'";
  if (type != "error")
    return text + "/>";
  return text
         + "><error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
           "</error></"
         + std::string{item.name()} + ">";
}

} // namespace

void server::answer_key(const stream_item& item) {
  switch (world_.mood(item.attribute("to")).key) {
  case domain_mood::answer::right:
    granted_.emplace(item.attribute("from"), item.attribute("to"));
    return put(dialback_answer(item, "valid", false));
  case domain_mood::answer::invalid:
    return put(dialback_answer(item, "invalid", false));
  case domain_mood::answer::error:
    return put(dialback_answer(item, "error", false));
  case domain_mood::answer::none:
    return;
  case domain_mood::answer::reset:
    return reset();
  }
}

void server::answer_question(const stream_item& item) {
  switch (world_.mood(item.attribute("to")).question) {
  case domain_mood::answer::right:
    return put(
      dialback_answer(item, item.inside().starts_with(good_key) ? "valid" : "invalid", true));
  case domain_mood::answer::invalid:
    return put(dialback_answer(item, "invalid", true));
  case domain_mood::answer::error:
    return put(dialback_answer(item, "error", true));
  case domain_mood::answer::none:
    return;
  case domain_mood::answer::reset:
    return reset();
  }
}

} // namespace fedhub::model
