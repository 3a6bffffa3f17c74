#include "bench/load/world.hpp"

#include <algorithm>
#include <system_error>
#include <utility>

#include "bench/load/remote_domain.hpp"

namespace fedhub::load {

namespace {

/// Attempts to negotiate for a domain before the run is given up, and the time between them.
constexpr unsigned most_attempts = 3;
constexpr nanos retry_after = 500 * per_millisecond;

/// How long a stream that only asked about keys may stay without another question. Some servers
/// would keep it for hours, and a storm needs the descriptor.
constexpr nanos quiet_time = per_second;

/// How often work that is due by time alone is checked.
constexpr nanos tick = 100 * per_millisecond;

/// The addresses that the remote domains' servers share if the world is on loopback.
constexpr uint32_t shared_hosts = 8;
/// In a storm each domain has a server of its own, unless a number is configured. So each pair
/// needs a connection, and the ports towards one address do not run out. These are 127.2.0.1 and
/// the following addresses.
constexpr uint32_t storm_first_ip = 0x7f020001;
constexpr uint32_t storm_hosts = 65000;

/// Returns whether a connection comes from this machine. The kernel accepts no other one with such
/// an address.
bool is_loopback(const sockaddr_in& from) {
  return ntohl(from.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

} // namespace

world::world(traffic& run, const stanza_stock& stock)
  : run_(run), loop_(run.clock),
    ends_(run.opts.what == scenario::echo ? stock.answers : stock.load), receiver_(run),
    sender_(run, stock.load), opener_(
                                run, [this](uint32_t lane) { begin(lane); },
                                [this](uint32_t lane) {
                                  if (run_.opts.carries_stanzas())
                                    return run_.received[lane].get() > 0;
                                  const auto stream = opened_.find(lane);
                                  return stream != opened_.end() && stream->second->authenticated();
                                }) {}

world::~world() = default;

tl::expected<void, std::string> world::listen() {
  if (run_.opts.pipe_mode())
    return {};
  const address& first = run_.opts.world_listen;
  const uint32_t asked = run_.opts.hosts;
  const bool own_hosts = run_.opts.what == scenario::storm && first.loopback() && asked == 0;
  const uint32_t hosts = own_hosts           ? storm_hosts
                         : !first.loopback() ? 1
                         : asked != 0        ? asked
                                             : shared_hosts;
  const uint32_t sockets = own_hosts ? 1 : hosts;
  for (uint32_t i = 0; i < sockets; ++i) {
    // A socket cannot listen on a part of the addresses. So it listens on all, and connections from
    // elsewhere than loopback are refused.
    auto made = acceptor::listen(loop_, {own_hosts ? INADDR_ANY : first.ip + i, first.port},
                                 [this, own_hosts](unique_fd fd, const sockaddr_in& from) {
                                   if (!own_hosts || is_loopback(from))
                                     accept(std::move(fd));
                                 });
    if (!made)
      return tl::unexpected(made.error());
    acceptors_.push_back(std::move(*made));
  }
  const address host{own_hosts ? storm_first_ip : first.ip, first.port};
  auto names = name_server::listen(loop_, run_.opts.dns, name_zone{host, hosts});
  if (!names)
    return tl::unexpected(names.error());
  names_ = std::move(*names);
  return {};
}

void world::run() {
  loop_.run([this] { return before_wait(); });
}

bool world::opens_lanes() const {
  return run_.opts.from_world() || run_.opts.pipe_mode() || run_.opts.what == scenario::idle;
}

nanos world::before_wait() {
  const phase step = run_.step.load(std::memory_order_relaxed);
  close_quiet();
  if (step == phase::opening && opens_lanes()) {
    begin_again();
    opener_.go_on();
  } else if (step == phase::flowing && run_.opts.what == scenario::storm) {
    begin_pairs();
  } else if (step == phase::closing) {
    close_all();
  } else if (run_.opts.from_world()) {
    const nanos wait = sender_.pump();
    return wait == event_loop::forever ? tick : std::min(wait, tick);
  }
  return tick;
}

void world::begin(uint64_t number) {
  auto stream = std::make_unique<initiating_stream>(loop_, *this, run_, ends_, number);
  const int error = stream->open();
  auto& at = opened_[number];
  at = std::move(stream);
  opened_open_.set(opened_.size());
  if (error != 0)
    on_ended(*at, std::generic_category().message(error));
}

void world::begin_again() {
  const nanos now = loop_.now();
  while (!retries_.empty() && retries_.front().at <= now) {
    const uint64_t number = retries_.front().number;
    retries_.pop_front();
    run_.retries.add(1);
    begin(number);
  }
}

void world::begin_pairs() {
  // At most one round, so that pairs that fail at once do not keep the loop busy.
  for (size_t i = opened_.size(); i < run_.opts.handshakes; ++i)
    begin(next_pair_++);
}

void world::on_authenticated(initiating_stream& stream) {
  if (run_.opts.what == scenario::storm) {
    run_.pairs.add(1);
    if (stream.certified())
      run_.certified.add(1);
    return stream.close_stream();
  }
  if (!run_.opts.from_world())
    return;
  const auto lane = static_cast<uint32_t>(stream.number());
  sender_.attach(lane, 1, stream.transport());
  sender_.send_first(lane);
}

void world::on_ended(initiating_stream& stream, std::string_view why) {
  const uint64_t number = stream.number();
  const bool was_authenticated = stream.authenticated();
  const auto known = opened_.find(number);
  loop_.dispose(std::move(known->second));
  opened_.erase(known);
  opened_open_.set(opened_.size());
  const phase step = run_.step.load(std::memory_order_relaxed);
  if (run_.opts.what == scenario::storm) {
    if (!why.empty() && step != phase::closing) {
      run_.pairs_failed.add(1);
      run_.refused(why);
    }
  } else if (step == phase::opening) {
    if (was_authenticated && run_.opts.from_world())
      sender_.detach(static_cast<uint32_t>(number));
    if (was_authenticated || ++attempts_[number] >= most_attempts)
      run_.fail(remote_domain(number) + ": " + std::string{why});
    else
      retries_.push_back({number, loop_.now() + retry_after});
  } else if (step != phase::closing) {
    ++run_.unexpected_closes;
    run_.refused(remote_domain(number) + ": " + std::string{why});
    if (run_.opts.from_world())
      sender_.detach(static_cast<uint32_t>(number));
  }
}

void world::on_stanza(initiating_stream&, const stamp& which, std::string_view text, nanos at) {
  take(which, text, at);
}

void world::take(const stamp& which, std::string_view text, nanos at) {
  const bool returned =
    run_.opts.what == scenario::in || (run_.opts.what == scenario::echo && is_error_stanza(text));
  if (!returned)
    return receiver_.take(which, text.size(), at);
  ++run_.bounced;
  sender_.on_bounce(which.lane);
  if (run_.step.load(std::memory_order_relaxed) == phase::opening)
    run_.fail(remote_domain(which.lane) + ": the first stanza came back: " + std::string{text});
}

void world::accept(unique_fd fd) {
  const uint64_t id = next_accepted_++;
  accepted_.emplace(
    id, std::make_unique<receiving_stream>(loop_, *this, run_, ends_, id, std::move(fd)));
  accepted_open_.set(accepted_.size());
}

void world::on_authenticated(receiving_stream& stream) {
  const auto lane = remote_number(stream.target());
  if (lane && run_.is_stuck(*lane) && run_.received[*lane].get() > 0)
    stream.stop_reading();
}

void world::on_stanza(receiving_stream& stream, const stamp& which, std::string_view text,
                      nanos at) {
  take(which, text, at);
  if (run_.is_stuck(which.lane))
    stream.stop_reading();
}

void world::on_verified(receiving_stream& stream) {
  if (!run_.opts.carries_stanzas())
    verified_.push_back({stream.id(), loop_.now()});
}

void world::close_quiet() {
  const nanos now = loop_.now();
  while (!verified_.empty() && verified_.front().at + quiet_time <= now) {
    const auto stream = accepted_.find(verified_.front().number);
    verified_.pop_front();
    if (stream != accepted_.end() && !stream->second->authenticated())
      stream->second->close_stream();
  }
}

void world::close_all() {
  if (std::exchange(closed_all_, true))
    return;
  // A stream may end at once in this call, and is then removed from the tables.
  std::vector<initiating_stream*> initiating;
  for (const auto& [number, stream] : opened_)
    initiating.push_back(stream.get());
  for (auto* stream : initiating)
    if (stream->authenticated())
      stream->close_stream();
    else
      stream->abort(); // during STARTTLS a footer would be misread
  std::vector<receiving_stream*> receiving;
  for (const auto& [id, stream] : accepted_)
    receiving.push_back(stream.get());
  for (auto* stream : receiving)
    stream->close_stream();
}

void world::on_ended(receiving_stream& stream, std::string_view why) {
  const auto lane = remote_number(stream.target());
  const phase step = run_.step.load(std::memory_order_relaxed);
  if (stream.authenticated() && (step == phase::flowing || step == phase::draining)
      && !(lane && run_.is_stuck(*lane))) {
    ++run_.unexpected_closes;
    run_.refused(stream.target() + ": " + std::string{why.empty() ? "the stream was closed" : why});
  }
  const auto known = accepted_.find(stream.id());
  loop_.dispose(std::move(known->second));
  accepted_.erase(known);
  accepted_open_.set(accepted_.size());
}

} // namespace fedhub::load
