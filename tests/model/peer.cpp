#include "tests/model/peer.hpp"

#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <functional>
#include <utility>

#include <openssl/err.h>

namespace fedhub::model {

peer::peer(world& world, unique_fd fd, uint64_t skip)
  : world_(world), fd_(std::move(fd)), number_(++world.peers), skip_(skip) {}

peer::~peer() { reset(); }

void peer::begin_step() {
  held_back_ = 0;
  switch (pace_) {
  case pace::eager:
    allowance_ = std::numeric_limits<size_t>::max();
    break;
  case pace::slow:
    allowance_ = world_.random.below(2000);
    break;
  case pace::stalled:
    allowance_ = 0;
    break;
  }
}

bool peer::move() {
  const bool wrote = write();
  const bool has_read = read();
  return wrote || has_read;
}

ssize_t peer::write_octets(const char* from, size_t size) {
  if (!ssl_)
    return ::send(fd_.get(), from, size, MSG_NOSIGNAL | MSG_DONTWAIT);
  ERR_clear_error();
  const int n = SSL_write(ssl_.get(), from, static_cast<int>(size));
  const int why = SSL_get_error(ssl_.get(), n);
  errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : EPIPE;
  return n > 0 ? n : -1;
}

ssize_t peer::get(char* to, size_t size) {
  if (!ssl_)
    return ::recv(fd_.get(), to, size, MSG_DONTWAIT);
  ERR_clear_error();
  const int n = SSL_read(ssl_.get(), to, static_cast<int>(size));
  const int why = SSL_get_error(ssl_.get(), n);
  errno = why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? EAGAIN : ECONNRESET;
  *taken_ = in_clear_ + BIO_number_read(SSL_get_rbio(ssl_.get()));
  return n > 0 ? n : -1;
}

void peer::begin_tls() {
  in_clear_ = *taken_;
  fence_ = UINT64_MAX; // places in TLS records differ from places in the stream
  ssl_.reset(SSL_new(std::exchange(tls_due_, nullptr)));
  SSL_set_mode(ssl_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_set_fd(ssl_.get(), fd_.get());
  SSL_set_accept_state(ssl_.get());
}

bool peer::write() {
  if (!fd_ || out_.size() <= held_back_)
    return false;
  const auto n = write_octets(out_.data(), out_.size() - held_back_);
  if (n <= 0) {
    if (n < 0 && errno != EAGAIN) // the hub no longer reads
      out_.clear();
    return false;
  }
  written_ += static_cast<uint64_t>(n);
  out_.erase(0, static_cast<size_t>(n));
  while (!stanza_ends_.empty() && stanza_ends_.front().first <= written_) {
    world_.book.written(stanza_ends_.front().second);
    stanza_ends_.pop_front();
  }
  return true;
}

bool peer::read() {
  if (fd_ && world_.outdated.contains(number_)) {
    reset();
    return true;
  }
  if (tls_due_ != nullptr && out_.empty())
    begin_tls();
  if (!fd_ || allowance_ == 0 || tls_due_ != nullptr)
    return false;
  std::array<char, 16384> room;
  const auto before = *taken_;
  // Reads whole records, since the peer has to know what the hub counts as acknowledged.
  const auto n = get(room.data(), ssl_ ? room.size() : std::min(allowance_, room.size()));
  if (n < 0 && errno == EAGAIN)
    return *taken_ != before;
  if (n <= 0) {
    end_stream();
    reset();
    return true;
  }
  allowance_ -= std::min(allowance_, static_cast<size_t>(n));
  const auto skipped = std::min(skip_, static_cast<uint64_t>(n));
  skip_ -= skipped;
  if (!ssl_)
    *taken_ += static_cast<uint64_t>(n) - skipped;
  in_.feed({room.data() + skipped, static_cast<size_t>(n) - skipped});
  while (const auto item = in_.next()) { // also after one that makes it reset, since all were read
    take(item);
    if (item.what == stream_item::kind::malformed)
      break;
  }
  return true;
}

void peer::take(const stream_item& item) {
  switch (item.what) {
  case stream_item::kind::header:
    return on_header(item);
  case stream_item::kind::element:
    return on_element(item);
  case stream_item::kind::footer:
    end_stream();
    return close_stream();
  default:
    world_.wrong("streams are well-formed",
                 label() + " read " + std::string{item.text.substr(0, 80)});
  }
}

void peer::end_stream() {
  if (!std::exchange(ended_, true))
    world_.book.stream_ended(number_);
}

void peer::reset() {
  end_stream();
  ssl_.reset();
  fd_.reset();
  out_.clear();
}

void peer::close_stream() {
  if (std::exchange(output_ended_, true))
    return;
  put(footer());
  world_.book.stream_ended(number_);
}

void peer::half_close() {
  output_ended_ = true;
  out_.clear();
  world_.book.stream_ended(number_);
  ::shutdown(fd_.get(), SHUT_WR);
}

void peer::rules_changed() {
  int unread = 0;
  if (fd_ && !ssl_ && ::ioctl(fd_.get(), FIONREAD, &unread) == 0)
    fence_ = *taken_ + static_cast<uint64_t>(unread);
}

bool peer::is_stanza(const stream_item& item) {
  const auto name = item.name();
  return name == "message" || name == "iq" || name == "presence";
}

ledger::number peer::put_stanza(const std::string& from, const std::string& to, standing right,
                                size_t size) {
  static constexpr std::array<std::array<std::string_view, 2>, 8> kinds{
    {{"message", "chat"},
     {"message", "chat"},
     {"message", ""},
     {"message", "error"},
     {"iq", "get"},
     {"iq", "result"},
     {"presence", ""},
     {"presence", "unavailable"}}};
  const auto& [name, type] = kinds[world_.random.below(kinds.size())];
  if (size == 0)
    size = world_.random.chance(5) ? world_.random.below(12000) : world_.random.below(300);
  std::string inside = "><body>";
  inside.append(size, static_cast<char>('a' + world_.random.below(26)));
  inside.append("</body></").append(name).append(">");
  entry entry;
  entry.stream = number_;
  entry.step = world_.step;
  entry.from = from;
  entry.to = to;
  entry.inside = std::hash<std::string_view>{}(std::string_view{inside}.substr(1));
  entry.right = right;
  entry.answerable = type != "error" && type != "result";
  const auto number = world_.book.add(std::move(entry));
  auto text = "<" + std::string{name} + " from='" + from + "' to='" + to + "' id='"
              + ledger::id_of(number) + "'";
  if (!type.empty())
    text += " type='" + std::string{type} + "'";
  put(text + inside);
  stanza_ends_.emplace_back(written_ + out_.size(), number);
  return number;
}

void peer::take_stanza(const stream_item& item, bool managed) {
  const auto from = item.attribute("from");
  const auto to = item.attribute("to");
  auto wrong = world_.book.arrived(number_, managed, item.attribute("id"), from, to,
                                   item.attribute("type"), item.text, item.inside());
  if (!wrong.empty())
    world_.wrong("each stanza ends once, as it was sent", label() + " read " + wrong);
  const auto sender = domain_of(from);
  const auto addressee = domain_of(to);
  const bool inward = world_.remote(sender);
  const auto remote = inward ? sender : addressee;
  if (item.begin < fence_ || !world_.remote(remote)
      || world_.judge(remote, inward ? addressee : sender) != standing::forged)
    return;
  // Stanzas that the former rules admitted are answered, even on a stream that is already closing.
  const bool answer = item.attribute("type") == "error" && item.holds("<error ");
  if (!answer)
    world_.wrong("what a reload takes back is not passed on",
                 label() + " read " + std::string{item.text.substr(0, 100)});
}

} // namespace fedhub::model
