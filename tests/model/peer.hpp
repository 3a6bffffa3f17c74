// One connection of the model's: a socket whose other end is the hub's.
#pragma once

#include <cstdint>
#include <deque>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <openssl/ssl.h>

#include "metrics/sockets/socket.hpp"
#include "tests/model/octet_stream.hpp"
#include "tests/model/world.hpp"

namespace fedhub::model {

/// Reads and writes when it is told to, and as much as its pace allows.
class peer {
public:
  enum class pace : uint8_t { eager, slow, stalled };

  /// @param skip so many octets come before the stream's.
  peer(world& x, unique_fd fd, uint64_t skip = 0);
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  virtual ~peer();

  /// What a person reads of it: "visitor 7 of a.example".
  virtual std::string label() const = 0;

  int fd() const { return fd_.get(); }
  uint64_t number() const { return number_; }
  /// Octets that it has read, for `seams::watch`.
  std::shared_ptr<const uint64_t> taken() const { return taken_; }
  /// The socket is closed.
  bool over() const { return !fd_; }
  /// The stream can carry more of the model's.
  bool open() const { return fd_ && !ended_ && !said_all_ && !world_.outdated.contains(number_); }

  /// A step begins: it may read again as its pace allows.
  void begin_step();
  /// Writes and reads. @returns whether anything moved.
  bool move();
  void set_pace(pace x) { pace_ = x; }
  pace get_pace() const { return pace_; }

  void say(std::string_view text) { out_.append(text); }
  /// What no stream of its kind has a place for.
  virtual void say_nonsense(const std::string& what) { say(what); }
  /// So many octets of what it has to say are held back for the step.
  void hold_back(size_t octets) { held_back_ = octets; }
  bool full() const { return out_.size() > 32768; }

  void reset();        ///< closes the socket, whatever is unread or unsaid.
  void close_stream(); ///< says the footer.
  void half_close();   ///< says no more, and reads on.

  /// A reload has been applied: what the hub writes from now on is bound by the new rules.
  void rules_changed();

protected:
  virtual void on_header(const stream_item& x) = 0;
  virtual void on_element(const stream_item& x) = 0;
  /// As server: TLS begins behind what has been said.
  void start_tls(SSL_CTX* context) { tls_due_ = context; }
  bool secure() const { return ssl_ != nullptr; }
  /// The hub begins its stream anew.
  void restart() { in_.restart(); }
  virtual std::string_view footer() const { return "</stream:stream>"; }

  /// Composes a stanza, notes it in the book and says it.
  /// @param size of its body; 0: any.
  ledger::number say_stanza(const std::string& from, const std::string& to, standing right,
                            size_t size = 0);
  /// A stanza of the hub's: the book is asked, and the rules.
  /// @param managed by stream management.
  void take_stanza(const stream_item& x, bool managed = false);
  static bool is_stanza(const stream_item& x);

  world& world_;

private:
  /// @returns as `send` and `recv`, by TLS once that has begun.
  ssize_t put(const char* from, size_t size);
  ssize_t get(char* to, size_t size);
  void begin_tls();
  bool write();
  bool read();
  void take(const stream_item& x);
  void end_stream();

  unique_fd fd_;
  const uint64_t number_;
  std::shared_ptr<uint64_t> taken_ = std::make_shared<uint64_t>(0);
  uint64_t skip_;
  std::unique_ptr<SSL, tls_deleter> ssl_;
  SSL_CTX* tls_due_ = nullptr; ///< TLS begins once all is said.
  uint64_t in_clear_ = 0;      ///< octets read before TLS.
  octet_stream in_;
  std::string out_;
  uint64_t said_ = 0;                                           ///< octets written.
  std::deque<std::pair<uint64_t, ledger::number>> stanza_ends_; ///< places behind stanzas to write.
  pace pace_ = pace::eager;
  size_t allowance_ = std::numeric_limits<size_t>::max();
  size_t held_back_ = 0;
  uint64_t fence_ = 0; ///< what begins from here on was written by the rules in force.
  bool ended_ = false; ///< the hub's stream has ended.
  bool said_all_ = false;
};

} // namespace fedhub::model
