#include "tests/model/model.hpp"

#include <sys/stat.h>

#include <cerrno>
#include <numeric>
#include <utility>

#include "tests/model/configuration.hpp"
#include "tests/unit/protocol/certificate/certificate_maker.hpp"

namespace fedhub::model {

using namespace std::chrono_literals;

hub_state::hub_state() : tls_(SSL_CTX_new(TLS_server_method())) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  test::recipe authority{.common_name = "the model's authority",
                         .extensions = {{"basicConstraints", "critical,CA:TRUE"},
                                        {"keyUsage", "critical,keyCertSign,cRLSign"}},
                         .not_before = now - std::chrono::days{1},
                         .not_after = now + std::chrono::days{100}};
  const auto issuer = test::make_identity(authority);
  place_.write("authority.pem", test::to_pem(*issuer.certificate));
  test::recipe server{
    .common_name = "a remote server",
    .issuer = &issuer,
    .names = {test::dns("r0.example"), test::dns("r1.example"), test::dns("r2.example")},
    .extensions = {{"extendedKeyUsage", "serverAuth,clientAuth"}},
    .not_before = authority.not_before,
    .not_after = authority.not_after,
    .key = test::key_kind::rsa_2048}; // its signatures all have the same length
  const auto identity = test::make_identity(server);
  SSL_CTX_use_certificate(tls_.get(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(tls_.get(), identity.key.get());
  model{0, *this}.run(0); // makes the certificate
}

model::model(uint64_t seed, const hub_state& state)
  : world_(seed), seams_(seed ^ 0x5eedU), state_(state) {
  for (int i = 0; i < 6; ++i) {
    remote_.push_back("r" + std::to_string(i) + ".example");
    world_.moods[remote_.back()] = {};
  }
  world_.now = first_rules();
  for (auto& node : world_.now.nodes)
    for (auto& domain : node.domains)
      if (std::ranges::find(local_, domain) == local_.end())
        local_.push_back(domain);
  seams_.on_dial = [this](const socket_address& to) { return dial(to); };
  world_.tls = state_.tls();
  write_configuration(world_.now);
  hub_ = std::make_unique<hub_life>(world_, seams_, place_.path() / "hub.toml");
  hub_->on_reloaded = [this](reload_result result) { rules_changed(result); };
}

model::~model() = default;

void model::write_configuration(const rules& given) {
  const auto path = place_.write("hub.toml", text_of(given, state_.path()));
  ::chmod(path.c_str(), 0600);
  seams_.files_changed();
}

/// Handles that the hub dials a remote server. @returns the hub's end.
unique_fd model::dial(const socket_address& to) {
  const std::string* domain = nullptr;
  for (auto& entry : remote_)
    if (address_of(entry) == to)
      domain = domain == nullptr || world_.random.chance(50) ? &entry : domain;
  const auto how = domain != nullptr ? world_.mood(*domain).connect : domain_mood::dial::refuses;
  if (how == domain_mood::dial::refuses) {
    errno = ECONNREFUSED;
    return {};
  }
  auto pair = make_pair_of_sockets();
  uint64_t filling = 0;
  if (how == domain_mood::dial::silent) {
    // Plays a pending connection by a full socket, which can't be written until its peer reads.
    const std::string part(256, ' ');
    for (ssize_t n = 0; n >= 0; filling += static_cast<uint64_t>(std::max<ssize_t>(n, 0)))
      n = ::send(pair.hub.get(), part.data(), part.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  }
  auto result = std::make_unique<server>(world_, std::move(pair.peer), filling);
  if (filling > 0)
    result->set_pace(peer::pace::stalled);
  result->begin_step();
  seams_.watch(pair.hub.get(), result->taken());
  peers_.push_back(std::move(result));
  return std::move(pair.hub);
}

void model::describe_step(std::string what) { done_.back() += ": " + std::move(what); }

void model::forget_ended_peers() {
  std::erase_if(peers_, [](auto& x) { return x->over(); });
}

void model::run_until_idle() {
  for (int round = 0; round < 5000; ++round) {
    bool moved = hub_->run_all();
    // Peers may be added during the loop.
    for (size_t i = 0; i < peers_.size(); ++i)
      moved = peers_[i]->move() || moved;
    if (!moved || wrong())
      return;
  }
  world_.wrong("the hub comes to rest", hub_->due_now());
}

void model::elapse(duration time) {
  run_until_idle();
  for (const auto end = hub_->now() + time; !wrong();) {
    check_deadlines();
    const auto due = hub_->next_due();
    if (due > end) {
      hub_->turn_clock(end - hub_->now());
      return;
    }
    hub_->turn_clock(due - hub_->now());
    run_until_idle();
  }
}

void model::take_step() {
  static const auto all = std::accumulate(steps().begin(), steps().end(), 0U,
                                          [](auto sum, auto& x) { return sum + x.weight; });
  world_.step = taken_;
  forget_ended_peers();
  for (auto& x : peers_)
    x->begin_step();
  auto chosen = world_.random.below(all);
  for (auto& step : steps()) {
    if (chosen < step.weight) {
      done_.push_back(std::to_string(taken_) + " " + step.name);
      (this->*step.take)();
      break;
    }
    chosen -= step.weight;
  }
  if (done_.size() > shown_)
    done_.erase(done_.begin());
  // Mostly the hub runs until it has nothing to do. Sometimes only some actors get a turn.
  const bool at_rest = !world_.random.chance(30);
  if (at_rest)
    run_until_idle();
  else
    hub_->run_some(world_.random.below(30));
  check_invariants(at_rest);
  trace_ = trace_ * 1099511628211U + hub_->handled() + world_.book.ended();
}

/// Lets all peers behave well and read, so that everything that is pending comes to an end.
void model::calm_down() {
  done_.push_back("all calm down");
  if (world_.next)
    hub_->reload();
  for (auto& [name, mood] : world_.moods)
    mood = {};
  for (auto& entry : peers_) {
    entry->set_pace(peer::pace::eager);
    entry->begin_step();
  }
  for (int i = 0; i < 15 && !wrong(); ++i) {
    elapse(10s);
    forget_ended_peers();
    check_invariants(true);
  }
  check_idle();
}

void model::drain() {
  done_.push_back("the hub stops");
  stopping_ = true;
  hub_->stop();
  // `timeouts.drain`, and one more check of the supervisor.
  const auto until = hub_->now() + 10s + 50ms;
  while (!hub_->stopped() && hub_->now() < until && !wrong()) {
    for (auto& x : peers_)
      x->begin_step();
    elapse(20ms);
    check_delivered_was_read();
  }
  if (!hub_->stopped())
    world_.wrong("the hub stops in time", balance_of(hub_->metrics()).str());
}

std::string model::run(uint64_t steps, size_t shown) {
  shown_ = shown;
  for (; taken_ < steps && !wrong(); ++taken_)
    take_step();
  if (!wrong() && world_.random.chance(50))
    calm_down();
  if (!wrong())
    drain();
  if (const auto left = hub_->end(); left != 0)
    world_.wrong("all actors end", std::to_string(left) + " are left");
  for (auto& entry : peers_) {
    entry->set_pace(peer::pace::eager);
    entry->begin_step();
    while (entry->move() && !entry->over())
      ;
  }
  if (!wrong())
    check_end();
  if (!wrong())
    return {};
  auto report = world_.problem;
  for (auto& x : done_)
    report += "\n  " + x;
  return report;
}

} // namespace fedhub::model
