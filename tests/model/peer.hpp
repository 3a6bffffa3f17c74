// One connection of the model: a socket whose other end belongs to the hub.
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

/// Reads and writes only when it is called, and as much as its pace allows.
class peer {
public:
  enum class pace : uint8_t { eager, slow, stalled };

  /// @param skip number of octets before the stream.
  peer(world& world, unique_fd fd, uint64_t skip = 0);
  peer(const peer&) = delete;
  peer& operator=(const peer&) = delete;
  virtual ~peer();

  /// Returns its name in reports: "visitor 7 of a.example".
  virtual std::string label() const = 0;

  int fd() const { return fd_.get(); }
  uint64_t number() const { return number_; }
  /// Returns the number of octets that it has read, for `seams::watch`.
  std::shared_ptr<const uint64_t> taken() const { return taken_; }
  /// Returns whether the socket is closed.
  bool over() const { return !fd_; }
  /// Returns whether the model can still send on the stream.
  bool open() const {
    return fd_ && !ended_ && !output_ended_ && !world_.outdated.contains(number_);
  }

  /// Begins a step: the peer may again read as much as its pace allows.
  void begin_step();
  /// Writes and reads. @returns whether anything moved.
  bool move();
  void set_pace(pace x) { pace_ = x; }
  pace get_pace() const { return pace_; }

  void put(std::string_view text) { out_.append(text); }
  /// Sends text that is not allowed on a stream of its kind.
  virtual void put_nonsense(const std::string& what) { put(what); }
  /// Holds back this many octets of its output during the step.
  void hold_back(size_t octets) { held_back_ = octets; }
  bool full() const { return out_.size() > 32768; }

  void reset();        ///< closes the socket at once.
  void close_stream(); ///< sends the footer.
  void half_close();   ///< sends no more, and goes on reading.

  /// Notes that a reload was applied: from now on the hub's output has to follow the new rules.
  void rules_changed();

protected:
  virtual void on_header(const stream_item& item) = 0;
  virtual void on_element(const stream_item& item) = 0;
  /// Begins TLS as server, after all output so far.
  void start_tls(SSL_CTX* context) { tls_due_ = context; }
  bool secure() const { return ssl_ != nullptr; }
  /// Notes that the hub restarts its stream.
  void restart() { in_.restart(); }
  virtual std::string_view footer() const { return "</stream:stream>"; }

  /// Composes a stanza, records it in the ledger and sends it.
  /// @param size of its body; 0: random.
  ledger::number put_stanza(const std::string& from, const std::string& to, standing right,
                            size_t size = 0);
  /// Checks a stanza of the hub's by the ledger and the rules.
  /// @param managed whether with stream management.
  void take_stanza(const stream_item& item, bool managed = false);
  static bool is_stanza(const stream_item& item);

  world& world_;

private:
  /// Write and read like `send` and `recv`, by TLS once that has begun.
  ssize_t write_octets(const char* from, size_t size);
  ssize_t get(char* to, size_t size);
  void begin_tls();
  bool write();
  bool read();
  void take(const stream_item& item);
  void end_stream();

  unique_fd fd_;
  const uint64_t number_;
  std::shared_ptr<uint64_t> taken_ = std::make_shared<uint64_t>(0);
  uint64_t skip_;
  std::unique_ptr<SSL, tls_deleter> ssl_;
  SSL_CTX* tls_due_ = nullptr; ///< TLS begins once all output is written.
  uint64_t in_clear_ = 0;      ///< octets read before TLS.
  octet_stream in_;
  std::string out_;
  uint64_t written_ = 0; ///< octets written.
  std::deque<std::pair<uint64_t, ledger::number>>
    stanza_ends_; ///< places after stanzas that are to be written.
  pace pace_ = pace::eager;
  size_t allowance_ = std::numeric_limits<size_t>::max();
  size_t held_back_ = 0;
  uint64_t fence_ = 0; ///< output that begins from here on was written under the rules in force.
  bool ended_ = false; ///< the hub's stream has ended.
  bool output_ended_ = false;
};

} // namespace fedhub::model
