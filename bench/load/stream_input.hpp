// Splits a stream of XML into stanzas, fast enough for the load.
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

/// Where stanzas of each form have ended so far. Shared by all streams of a thread.
class stanza_ends {
public:
  /// @param forms of the expected stanzas; outlives the object.
  explicit stanza_ends(const stanza_forms& forms) : forms_(forms), ends_(forms.classes()) {}

  /// Returns the octets from the stamp to the end of the stanza, as far as is known.
  uint32_t& after(const stamp& x) { return ends_[forms_.class_of(x)]; }

private:
  const stanza_forms& forms_;
  std::vector<uint32_t> ends_;
};

/// The input of one stream.
///
/// Stanzas of the load are *skimmed*. The stamp is the first `~` after the stanza's `<`. The end
/// tag is expected where the last stanza of the same form had it, and searched only if it is not
/// there. So the beginning and the end of each stanza are known without reading the octets in
/// between. If the octets between two stanzas do not begin like a stanza, or have no stamp, the XML
/// scanner reads that one element. Before `skim` is called, the scanner reads everything.
class stream_input {
public:
  class sink {
  public:
    virtual void on_header(const stream_header& header) = 0;
    /// Called for each element that is no stamped stanza.
    virtual void on_element(const stream_element::node& node) = 0;
    virtual void on_stanza(const stamp& stamp, std::string_view text, nanos at) = 0;
    virtual void on_stream_end() = 0;
    /// Called if the input is no stream of XML; the last call.
    virtual void on_fault(std::string_view why) = 0;

  protected:
    ~sink() = default;
  };

  /// @param events, ends outlive the object.
  /// @param lanes a stamp of another lane is a fault.
  stream_input(sink& events, stanza_ends& ends, uint32_t lanes);

  /// Reads octets. @param pending all octets not yet taken.
  /// @param at when they were read.
  /// @returns how many were taken.
  size_t take(std::string_view pending, nanos at);

  /// Allows stanzas of the load from now on.
  void skim() { may_skim_ = true; }
  /// Drops all further input.
  void stop() { mode_ = mode::done; }
  /// Expects a new header (RFC 6120 §4.3.3).
  void restart();

  const stream_header& header() const { return header_; }

private:
  enum class mode : uint8_t { framing, skimming, done };

  size_t skim_next(std::string_view pending, nanos at);
  size_t frame_next(std::string_view pending, nanos at);
  void take_element(std::string_view text, nanos at);
  size_t end_of_stanza(std::string_view pending, size_t mark, const stamp& stamp);
  void fault(std::string_view why);

  sink& sink_;
  stanza_ends& ends_;
  uint32_t lanes_;
  xml_scanner scanner_;
  stream_header header_;
  mode mode_ = mode::framing;
  bool may_skim_ = false;
};

/// Returns whether a stanza is an error, by its start tag.
bool is_error_stanza(std::string_view text);

} // namespace fedhub::load
