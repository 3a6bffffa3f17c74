// The steps: everything that may happen to a hub.
#include <algorithm>
#include <chrono>

#include "tests/model/configuration.hpp"
#include "tests/model/model.hpp"

namespace fedhub::model {

using namespace std::chrono_literals;

const std::vector<model::step>& model::steps() {
  static const std::vector<step> all{
    {6, "a visitor connects", &model::visitor_connects},
    {8, "a visitor sends a key", &model::visitor_sends_key},
    {2, "a visitor sends a key for another domain", &model::visitor_sends_foreign_key},
    {25, "a visitor sends stanzas", &model::visitor_sends_stanzas},
    {3, "a visitor asks for stream management", &model::visitor_manages},
    {3, "a visitor asks for acknowledgement", &model::visitor_asks_for_acknowledgement},
    {1, "a visitor forges", &model::visitor_forges},
    {2, "a visitor asks about keys", &model::visitor_asks},
    {4, "a component connects", &model::component_connects},
    {1, "two machines fight for a node", &model::components_fight},
    {1, "a stranger connects as a component", &model::stranger_connects_as_component},
    {25, "a component sends stanzas", &model::component_sends_stanzas},
    {1, "a component forges", &model::component_forges},
    {2, "a peer floods", &model::peer_floods},
    {8, "a peer changes its pace", &model::peer_changes_pace},
    {3, "a peer resets", &model::peer_resets},
    {2, "a peer closes its stream", &model::peer_closes_stream},
    {1, "a peer closes its half of the connection", &model::peer_half_closes},
    {1, "a peer sends nonsense", &model::peer_sends_nonsense},
    {3, "a peer hesitates", &model::peer_hesitates},
    {4, "a domain changes its mood", &model::domain_changes_mood},
    {4, "a domain recovers", &model::domain_recovers},
    {20, "time passes", &model::time_passes},
    {3, "much time passes", &model::much_time_passes},
    {2, "the rules change", &model::rules_change},
  };
  return all;
}

// ---- visitors ----------------------------------------------------------------------------------

template <class Peer>
Peer* model::any(bool (*wanted)(const Peer&)) {
  std::vector<Peer*> found;
  for (auto& entry : peers_)
    if (auto* peer = dynamic_cast<Peer*>(entry.get()); peer != nullptr && wanted(*peer))
      found.push_back(peer);
  return found.empty() ? nullptr : world_.random.pick(found);
}

peer* model::any_peer() {
  return any<peer>([](const peer& x) { return !x.over(); });
}

template <class Peer, class... Ts>
void model::connect(bool nodes, const socket_address& from, Ts&&... xs) {
  auto pair = make_pair_of_sockets();
  auto result = std::make_unique<Peer>(world_, std::move(pair.peer), std::forward<Ts>(xs)...);
  seams_.watch(pair.hub.get(), result->taken());
  hub_->connect_in(nodes, std::move(pair.hub), from);
  describe_step(result->label());
  peers_.push_back(std::move(result));
}

void model::visitor_connects() {
  const auto& from = world_.random.pick(remote_);
  connect<visitor>(false, address_of(from), from, world_.random.pick(local_));
}

void model::visitor_sends_key() {
  if (auto* result = any<visitor>([](const visitor& result) { return result.ready(); })) {
    describe_step(result->label());
    result->send_key(result->domain(), world_.random.pick(local_), true);
  }
}

void model::visitor_sends_foreign_key() {
  if (auto* result = any<visitor>([](const visitor& result) { return result.ready(); })) {
    describe_step(result->label());
    result->send_key(world_.random.pick(remote_), world_.random.pick(local_),
                     world_.random.chance(50));
  }
}

void model::visitor_sends_stanzas() {
  auto* result =
    any<visitor>([](const visitor& result) { return result.proved() && !result.full(); });
  if (result == nullptr)
    return;
  describe_step(result->label());
  result->send_stanzas(1 + world_.random.below(12));
}

void model::visitor_manages() {
  auto* result = any<visitor>([](const visitor& result) { return result.proved(); });
  if (result == nullptr || !world_.manages)
    return;
  describe_step(result->label());
  result->manage();
}

void model::visitor_asks_for_acknowledgement() {
  auto* result =
    any<visitor>([](const visitor& result) { return result.managed() && !result.full(); });
  if (result == nullptr)
    return;
  describe_step(result->label());
  for (auto n = world_.random.chance(5) ? 300 : 1; n > 0; --n)
    result->ask_for_acknowledgement();
}

void model::visitor_forges() {
  if (auto* result = any<visitor>([](const visitor& result) { return result.ready(); })) {
    describe_step(result->label());
    result->forge(world_.random.pick(world_.random.chance(80) ? remote_ : local_),
                  world_.random.pick(local_));
  }
}

void model::visitor_asks() {
  auto* result =
    any<visitor>([](const visitor& result) { return result.ready() && !result.full(); });
  if (result == nullptr)
    return;
  describe_step(result->label());
  for (auto n = world_.random.chance(10) ? 200 : 1 + world_.random.below(3); n > 0; --n)
    result->ask_about_key(world_.random.pick(local_));
}

// ---- components --------------------------------------------------------------------------------

void model::component_connects() {
  // Two machines know the secrets of all nodes.
  const auto* from = world_.random.chance(50) ? "10.0.0.7" : "10.0.0.9";
  connect<component>(true, *socket_address::parse(from, 7400),
                     world_.random.pick(world_.now.nodes));
}

void model::components_fight() {
  const auto& node = world_.random.pick(world_.now.nodes);
  for (auto n = 2 + world_.random.below(8); n > 0; --n)
    connect<component>(true, *socket_address::parse(n % 2 == 0 ? "10.0.0.7" : "10.0.0.9", 7400),
                       node);
}

void model::stranger_connects_as_component() {
  auto node = world_.random.pick(world_.now.nodes);
  node.secret = "guessed";
  connect<component>(true, *socket_address::parse("10.0.0.8", 7400), node);
}

void model::component_sends_stanzas() {
  auto* result =
    any<component>([](const component& result) { return result.up() && !result.full(); });
  if (result == nullptr)
    return;
  describe_step(result->label());
  result->send_stanzas(1 + world_.random.below(12), world_.random.chance(70) ? remote_ : local_);
}

void model::component_forges() {
  auto* result = any<component>([](const component& result) { return result.up(); });
  if (result == nullptr)
    return;
  const auto& from = world_.random.pick(world_.random.chance(50) ? remote_ : local_);
  if (std::ranges::find(result->node().domains, from) != result->node().domains.end())
    return;
  describe_step(result->label());
  result->forge(from, world_.random.pick(local_));
}

// ---- any peer ----------------------------------------------------------------------------------

/// Sends several times a source's window, with no time for the hub to copy anything.
void model::peer_floods() {
  constexpr size_t count = 120;
  constexpr size_t size = 1200;
  auto* from_world = any<visitor>([](const visitor& x) { return x.proved() && !x.full(); });
  auto* from_node = any<component>([](const component& x) { return x.up() && !x.full(); });
  if (from_world != nullptr && (from_node == nullptr || world_.random.chance(50))) {
    describe_step(from_world->label());
    from_world->send_stanzas(count, size);
  } else if (from_node != nullptr) {
    describe_step(from_node->label());
    from_node->send_stanzas(count, world_.random.chance(50) ? remote_ : local_, size);
  }
}

void model::peer_changes_pace() {
  auto* result = any_peer();
  if (result == nullptr)
    return;
  static constexpr std::array paces{peer::pace::eager, peer::pace::eager, peer::pace::slow,
                                    peer::pace::stalled};
  const auto next = world_.random.below(paces.size());
  result->set_pace(paces[next]);
  describe_step(result->label() + (next == 3 ? " stalls" : next == 2 ? " slows" : " reads"));
}

void model::peer_resets() {
  if (auto* result = any_peer()) {
    describe_step(result->label());
    result->reset();
  }
}

void model::peer_closes_stream() {
  if (auto* result = any<peer>([](const peer& result) { return result.open(); })) {
    describe_step(result->label());
    result->close_stream();
  }
}

void model::peer_half_closes() {
  if (auto* result = any<peer>([](const peer& result) { return result.open(); })) {
    describe_step(result->label());
    result->half_close();
  }
}

void model::peer_sends_nonsense() {
  static const std::vector<std::string> nonsense{
    "<a/>",
    "</b>",
    "<c",
    "&",
    "<message from='@'/>",
    "<message to='a' from='b'/>",
    "<stream:stream/>",
    "<db:result/>",
    "\xff",
    "<db:result from='x' to='y' type='valid'/>",
    "<starttls/>",
    "<handshake/>",
    "<iq from='u@nowhere.example' type='get' to='@@' id='q'/>"};
  if (auto* result = any<peer>([](const peer& result) { return result.open(); })) {
    const auto& what = world_.random.pick(nonsense);
    describe_step(result->label() + ": " + what);
    // The hub may end the stream over it.
    world_.book.stream_ended(result->number());
    result->put_nonsense(what);
  }
}

void model::peer_hesitates() {
  if (auto* x = any<peer>([](const peer& x) { return x.open(); }))
    x->hold_back(1 + world_.random.below(400));
}

// ---- domains, time, rules ----------------------------------------------------------------------

void model::domain_changes_mood() {
  using answer = domain_mood::answer;
  static constexpr std::array answers{answer::right, answer::invalid, answer::error, answer::none,
                                      answer::reset};
  const auto& name = world_.random.pick(remote_);
  auto& mood = world_.moods[name];
  const auto any_answer = [&] { return answers[world_.random.below(answers.size())]; };
  const auto what = world_.random.below(5);
  if (what == 0)
    mood.name = static_cast<domain_mood::dns>(world_.random.below(3));
  else if (what == 1)
    mood.connect = static_cast<domain_mood::dial>(world_.random.below(3));
  else if (what == 2)
    mood.header = any_answer();
  else if (what == 3)
    mood.key = any_answer();
  else
    mood.question = any_answer();
  describe_step(name + " " + std::to_string(what));
}

void model::domain_recovers() {
  const auto& name = world_.random.pick(remote_);
  world_.moods[name] = {};
  describe_step(name);
}

void model::time_passes() {
  static constexpr std::array<duration, 5> spans{1ms, 25ms, 250ms, 1s, 4s};
  const auto span = spans[world_.random.below(spans.size())];
  describe_step(std::to_string(span / 1ms) + " ms");
  elapse(span);
}

void model::much_time_passes() {
  static constexpr std::array<duration, 4> spans{11s, 31s, 61s, 200s};
  const auto span = spans[world_.random.below(spans.size())];
  describe_step(std::to_string(span / 1s) + " s");
  elapse(span);
}

void model::rules_change() {
  if (world_.next)
    return;
  world_.next = change(world_.now, world_.random);
  write_configuration(*world_.next);
  describe_step(describe(*world_.next));
  if (world_.random.chance(70)) // else the hub's file watch finds the change
    hub_->reload();
}

void model::rules_changed(reload_result result) {
  if (result != reload_result::applied) {
    if (!stopping_)
      world_.wrong("a good configuration is applied", "it was rejected");
    return;
  }
  describe_step("(new rules in force)");
  if (world_.next)
    world_.now = std::move(*std::exchange(world_.next, std::nullopt));
  for (auto& peer : peers_)
    peer->rules_changed();
}

} // namespace fedhub::model
