#include "bench/load/node.hpp"

#include <string>
#include <utility>

#include "bench/load/remote_domain.hpp"

namespace fedhub::load {

node::node(traffic& run, const stanza_stock& stock)
  : run_(run), stock_(stock), loop_(run.clock), ends_(stock.load), receiver_(run),
    sender_(run, stock.load), opener_(
                                run, [this](uint32_t lane) { sender_.send_first(lane); },
                                [this](uint32_t lane) { return run_.received[lane].get() > 0; }) {}

node::~node() = default;

tl::expected<void, std::string> node::listen() {
  if (run_.opts.pipe_mode()) {
    auto made = acceptor::listen(loop_, *run_.opts.sink,
                                 [this](unique_fd fd, auto&) { accept(std::move(fd)); });
    if (!made)
      return tl::unexpected(made.error());
    acceptor_ = std::move(*made);
    ready_ = true;
  } else if (run_.opts.links_node()) {
    link_ = std::make_unique<component_link>(loop_, *this, run_, ends_);
    link_->open();
  } else {
    ready_ = true;
  }
  return {};
}

void node::run() {
  if (link_ && run_.opts.from_node())
    sender_.attach(0, run_.opts.streams, link_->transport());
  loop_.run([this] { return before_wait(); });
}

nanos node::before_wait() {
  const phase step = run_.step.load(std::memory_order_relaxed);
  if (step == phase::closing && link_ && !std::exchange(closed_, true))
    link_->close_stream();
  if (!run_.opts.from_node())
    return event_loop::forever;
  if (step == phase::opening && link_)
    opener_.go_on();
  return sender_.pump();
}

void node::on_lost(std::string_view why) {
  ready_ = false;
  if (run_.step.load(std::memory_order_relaxed) != phase::closing)
    run_.fail("the component's link: " + std::string{why});
}

void node::accept(unique_fd fd) {
  auto made = std::make_unique<pipe_end>(loop_, *this, run_, ends_, std::move(fd));
  ends_of_pipes_.emplace(made.get(), std::move(made));
}

void node::on_header(pipe_end& end, uint32_t lane) {
  if (!run_.opts.from_node())
    return;
  sender_.attach(lane, 1, end.transport());
  sender_.send_first(lane);
}

void node::on_ended(pipe_end& end, std::string_view) {
  // The world sees the other end close, and counts it. Probes of a proxy send no header.
  if (end.lane() && run_.opts.from_node())
    sender_.detach(*end.lane());
  const auto known = ends_of_pipes_.find(&end);
  loop_.dispose(std::move(known->second));
  ends_of_pipes_.erase(known);
}

void node::on_stanza(connection& from, const stamp& which, std::string_view text, nanos at) {
  if (run_.opts.what == scenario::in)
    return receiver_.take(which, text.size(), at);
  if (run_.opts.what == scenario::echo && !is_error_stanza(text))
    return answer(from, which);
  if (run_.is_stuck(which.lane)) { // the sender does not wait for these
    ++run_.stuck_bounced;
    return;
  }
  if (run_.opts.from_node())
    sender_.on_bounce(which.lane);
  ++run_.bounced;
  if (run_.step.load(std::memory_order_relaxed) == phase::opening)
    run_.fail(remote_domain(which.lane) + ": the first stanza came back: " + std::string{text});
}

void node::answer(connection& to, const stamp& which) {
  char* const begin = to.reserve(stock_.answers.longest());
  const char* const end = stock_.answers.write(begin, which);
  to.commit(static_cast<size_t>(end - begin));
}

void node::on_read(connection& from) {
  if (run_.opts.what == scenario::echo)
    from.flush();
  else
    receiver_.publish();
}

} // namespace fedhub::load
