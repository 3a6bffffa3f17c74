#include "bench/load/pipe_end.hpp"

#include "bench/load/remote_domain.hpp"

namespace fedhub::load {

pipe_end::pipe_end(event_loop& loop, owner& events, const traffic& run, stanza_ends& ends,
                   unique_fd fd)
  : owner_(events), run_(run), connection_(loop, *this), input_(*this, ends, run.opts.streams) {
  connection_.adopt(std::move(fd));
}

size_t pipe_end::on_input(std::string_view pending, nanos at) {
  const size_t taken = input_.take(pending, at);
  owner_.on_read(connection_);
  return taken;
}

void pipe_end::on_closed(std::string_view why) {
  input_.stop();
  owner_.on_ended(*this, why.empty() ? "the connection was closed" : why);
}

void pipe_end::end(std::string_view why) {
  input_.stop();
  connection_.close();
  owner_.on_ended(*this, why);
}

void pipe_end::on_header(const stream_header& header) {
  const auto number = remote_number(header.from);
  if (!number || *number >= run_.opts.streams)
    return end("a header of an unknown domain");
  lane_ = static_cast<uint32_t>(*number);
  connection_.put(make_stream_header({.from = header.to, .to = header.from, .id = "load"}));
  connection_.flush();
  input_.skim();
  if (!connection_.closed())
    owner_.on_header(*this, *lane_);
}

void pipe_end::on_stanza(const stamp& x, std::string_view text, nanos at) {
  owner_.on_stanza(connection_, x, text, at);
}

} // namespace fedhub::load
