// Copies what one stream receives and sends, for captures.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "actors/capture/capture_queue.hpp"
#include "protocol/text/domain_name.hpp"

namespace fedhub {

/// Finds the elements of one stream that running captures select, and adds them to their queue.
///
/// A stanza is selected by the domain of its `from` or its `to`. An element without one of the two
/// is selected if the stream has to do with the domain, by its headers, its dialback or its pairs.
///
/// Belongs to the connection, which has a tap only while captures run.
class stream_tap {
public:
  /// The most domains that are remembered as those of the stream.
  static constexpr size_t most_names = 32;

  stream_tap(std::shared_ptr<capture_queue> queue, running_captures_ptr running,
             captured_stream_ptr stream)
    : queue_{std::move(queue)}, running_{std::move(running)}, stream_{std::move(stream)} {}

  /// Returns the captures that get the elements.
  const running_captures_ptr& captures() const { return running_; }

  /// Notes a domain of the stream.
  void name(const domain_name& domain);

  /// @name An element was read, or written to the socket.
  /// @param element the element, which may be cut in two after its start tag.
  /// @{
  void received(std::string_view element) { pass_on(false, element, {}); }
  void sent(std::string_view element, std::string_view rest) { pass_on(true, element, rest); }
  /// @}

private:
  void pass_on(bool sent, std::string_view element, std::string_view rest);
  bool selects(const capture_filter& filter, const domain_name& from, const domain_name& to) const;

  std::shared_ptr<capture_queue> queue_;
  running_captures_ptr running_;
  captured_stream_ptr stream_;
  std::vector<domain_name> names_; ///< of the stream.
};

} // namespace fedhub
