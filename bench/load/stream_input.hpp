// Takes a stream of XML apart, at the speed of the load.
#pragma once

#include <string_view>
#include <vector>

#include "bench/load/clock.hpp"
#include "bench/load/stamp.hpp"
#include "bench/load/stanza_forms.hpp"
#include "protocol/events/stream_header.hpp"
#include "protocol/xml/stream_element.hpp"
#include "protocol/xml/xml_scanner.hpp"

namespace fedhub::load {

/// Where stanzas of each form ended so far; one for all streams of a thread.
class stanza_ends {
public:
  /// @param forms of the stanzas that are expected; outlives the object.
  explicit stanza_ends(const stanza_forms& forms) : forms_(forms), ends_(forms.classes()) {}

  /// Octets from the stamp to the end of the stanza, as far as is known.
  uint32_t& after(const stamp& x) { return ends_[forms_.class_of(x)]; }

private:
  const stanza_forms& forms_;
  std::vector<uint32_t> ends_;
};

/// What comes in on one stream.
///
/// Stanzas of the load are *skimmed*: the stamp is the first `~` behind the stanza's `<`, and its
/// end tag is looked for where that of the last stanza made from the same form was; only where it
/// is not there is it searched for. So the begin and the end of each stanza are known without
/// reading what lies between, and whatever stands between two stanzas is seen: if it does not begin
/// like a stanza, or has no stamp, the XML scanner takes over for that one element.
/// Before `skim` is called, the scanner takes everything.
class stream_input {
public:
  class sink {
  public:
    virtual void on_header(const stream_header& x) = 0;
    /// All but stamped stanzas.
    virtual void on_element(const stream_element::node& x) = 0;
    virtual void on_stanza(const stamp& x, std::string_view text, nanos at) = 0;
    virtual void on_stream_end() = 0;
    /// The input is no stream of XML. The last call.
    virtual void on_fault(std::string_view why) = 0;

  protected:
    ~sink() = default;
  };

  /// @param events, ends outlive the object. @param lanes stamps of others are a fault.
  stream_input(sink& events, stanza_ends& ends, uint32_t lanes);

  /// @param pending all octets not yet taken. @param at when they were read.
  /// @returns how many were taken.
  size_t take(std::string_view pending, nanos at);

  /// From now on stanzas of the load may come.
  void skim() { may_skim_ = true; }
  /// What else comes is taken and dropped.
  void stop() { mode_ = mode::done; }
  /// A new header is awaited (RFC 6120 §4.3.3).
  void restart();

  const stream_header& header() const { return header_; }

private:
  enum class mode : uint8_t { framing, skimming, done };

  size_t skim_next(std::string_view pending, nanos at);
  size_t frame_next(std::string_view pending, nanos at);
  void take_element(std::string_view text, nanos at);
  size_t end_of_stanza(std::string_view pending, size_t mark, const stamp& x);
  void fault(std::string_view why);

  sink& sink_;
  stanza_ends& ends_;
  uint32_t lanes_;
  xml_scanner scanner_;
  stream_header header_;
  mode mode_ = mode::framing;
  bool may_skim_ = false;
};

/// Whether a stanza's start tag says that it is an error.
bool is_error_stanza(std::string_view text);

} // namespace fedhub::load
