// What a connection has still to write.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "actors/queue_account.hpp"
#include "actors/transport.hpp"

namespace fedhub {

/// Octets and stanzas on their way into one stream, in order. Gathers many into one system call;
/// hands back what was not written when the stream ends. Stanzas are counted as queued while they
/// are in it. Belongs to one actor.
class outbox {
public:
  /// @param content_namespace of the stream: `ns::server` or `ns::component_accept`.  @param limits
  /// outlives the outbox.
  outbox(std::string_view content_namespace, queue_account& limits)
    : content_namespace_(content_namespace), limits_(limits), tally_(limits.account()) {}
  ~outbox();

  bool empty() const { return first_ == entries_.size(); }
  size_t size() const { return entries_.size() - first_; }
  void content_namespace(std::string_view x) { content_namespace_ = x; }

  /// Appends octets of the stream's own: headers, features, errors.
  void push(std::string xml);

  /// Appends a stanza. @returns `none`, or why there is no room; then `x` is still the caller's.
  failure push(stanza& x);
  /// So many will be pushed now.
  void expect(size_t stanzas);

  /// Tells the metrics what has come and gone. To be called before the actor's turn ends.
  void publish() { tally_.publish(); }

  /// Writes as much as the transport takes, at most about `budget` octets.
  /// @returns `ok` if all is written or the budget is used up, else what stopped it. `written`
  /// grows by the octets written.
  io_status flush(transport& to, size_t budget, size_t& written);

  /// The socket takes nothing any more, or too slowly: copies what waits, as far as the limits go,
  /// and each stanza that comes, until all is written. @returns those that the limits have no room
  /// for.
  std::vector<rejected_stanza> settle_in();
  bool settled() const { return settled_; }
  /// When the oldest stanza was taken from its stream; `time_point::max()` if there is none.
  time_point oldest() const;

  /// Takes out the stanzas not written in full; octets of the stream's own are let go.
  std::vector<stanza> take_unwritten();

private:
  struct entry {
    stanza value; ///< settled (no buffer) for octets of the stream's own.
    std::string
      head; ///< octets of the stream's own, or the start tag to write instead of the stanza's.
    bool admitted = false;

    std::string_view tail() const {
      return value.settled() ? std::string_view{}
                             : value.text().substr(head.empty() ? 0 : value.tag.end);
    }
    size_t size() const { return head.size() + tail().size(); }
  };

  std::span<entry> waiting() { return std::span{entries_}.subspan(first_); }
  size_t gather(std::span<iovec> slices, size_t octets) const;
  void drop_front_octets(size_t n);
  void clear();
  stanza leave(entry& x);

  std::vector<entry> entries_; ///< those before `first_` are gone.
  size_t first_ = 0;
  size_t front_written_ = 0; ///< octets of the first entry that are written.
  std::string_view content_namespace_;
  queue_account& limits_;
  stanza_tally tally_;
  bool settled_ = false;
};

} // namespace fedhub
