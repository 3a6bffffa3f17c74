// All stanzas of a run.
#pragma once

#include <string>

#include <tl/expected.hpp>

#include "bench/load/stanza_forms.hpp"

namespace fedhub::load {

/// The stanzas of a run, by direction.
struct stanza_stock {
  stanza_forms load;    ///< sent by the sending side.
  stanza_forms answers; ///< the node's answers in `echo`.

  static tl::expected<stanza_stock, std::string> make(const options& opts) {
    const heading way = opts.what == scenario::echo ? heading::question
                        : opts.from_node()          ? heading::from_node
                                                    : heading::to_node;
    auto load = stanza_forms::make(way, opts.domain, opts.mix, opts.size);
    if (!load)
      return tl::unexpected(load.error());
    auto answers = stanza_forms::make(heading::answer, opts.domain, opts.mix, {});
    if (!answers)
      return tl::unexpected(answers.error());
    return stanza_stock{std::move(*load), std::move(*answers)};
  }
};

} // namespace fedhub::load
