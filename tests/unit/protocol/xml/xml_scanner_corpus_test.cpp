// The scanner on a corpus of whole streams, compared with itself on other cuts, and with expat.
#include <expat.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>

#include "tests/unit/protocol/xml/instruction_sets.hpp"
#include "tests/unit/protocol/xml/xml_scanner_feed.hpp"

namespace fedhub::test {
namespace {

struct document {
  std::string name;
  std::string text;
};

/// Returns the corpus. `good/*.xml` are accepted; `bad/CONDITION.*.xml` end with that stream error.
std::vector<document> corpus(const char* folder) {
  std::vector<document> all;
  for (const auto& entry :
       std::filesystem::directory_iterator{FEDHUB_CORPUS_DIR "/xml/" + std::string{folder}}) {
    std::ifstream file{entry.path(), std::ios::binary};
    all.push_back({entry.path().stem().string(), {std::istreambuf_iterator<char>{file}, {}}});
  }
  std::ranges::sort(all, {}, &document::name);
  return all;
}

std::vector<scanned> scan(const document& document, const cutter& cut,
                          xml::instruction_set set = xml::best_instruction_set()) {
  xml_scanner scanner{{}, set};
  return feed(scanner, document.text, cut);
}

/// Returns whether expat finds no fault. @param complete whether the text must be a whole document.
bool expat_takes(const std::string& text, bool complete) {
  const XML_Parser parser = XML_ParserCreateNS(nullptr, ':');
  const bool taken =
    XML_Parse(parser, text.data(), static_cast<int>(text.size()), complete) == XML_STATUS_OK;
  XML_ParserFree(parser);
  return taken;
}

TEST(XmlScannerCorpus, is_there) {
  EXPECT_GE(corpus("good").size(), 25u);
  EXPECT_GE(corpus("bad").size(), 130u);
}

TEST(XmlScannerCorpus, takes_the_good) {
  for (const document& sample : corpus("good")) {
    const auto all = scan(sample, in_one_piece());
    ASSERT_FALSE(all.empty()) << sample.name;
    EXPECT_EQ(all.front().status, scan_status::header) << sample.name;
    EXPECT_EQ(all.back().status,
              sample.name.starts_with("unfinished") ? scan_status::header : scan_status::stream_end)
      << sample.name << ": " << describe(all.back());
  }
}

TEST(XmlScannerCorpus, refuses_the_bad_with_the_condition_of_its_name) {
  for (const document& sample : corpus("bad")) {
    const auto all = scan(sample, in_one_piece());
    ASSERT_FALSE(all.empty()) << sample.name;
    EXPECT_EQ(to_string(all.back().error), sample.name.substr(0, sample.name.find('.')))
      << sample.name << ": " << describe(all.back());
  }
}

TEST(XmlScannerCorpus, gives_the_same_for_any_cut) {
  for (const char* folder : {"good", "bad"})
    for (const document& sample : corpus(folder)) {
      const auto whole = describe(scan(sample, in_one_piece()));
      EXPECT_EQ(whole, describe(scan(sample, octet_by_octet()))) << sample.name;
      for (unsigned seed = 1; seed <= 20; ++seed)
        EXPECT_EQ(whole, describe(scan(sample, at_random(seed))))
          << sample.name << ", seed " << seed;
    }
}

TEST(XmlScannerCorpus, gives_the_same_with_any_instruction_set) {
  for (const char* folder : {"good", "bad"})
    for (const document& sample : corpus(folder)) {
      const auto expected = describe(scan(sample, in_one_piece(), xml::instruction_set::scalar));
      for (const auto set : available_instruction_sets()) {
        EXPECT_EQ(expected, describe(scan(sample, in_one_piece(), set)))
          << sample.name << ", " << to_string(set);
        EXPECT_EQ(expected, describe(scan(sample, octet_by_octet(), set)))
          << sample.name << ", " << to_string(set);
      }
    }
}

TEST(XmlScannerCorpus, gives_the_same_wherever_a_token_lies_in_a_block) {
  // White space in the first start tag below the header moves all later tokens over block edges.
  const auto verdicts = [](const std::vector<scanned>& all) {
    std::vector<std::string> seen;
    for (const scanned& x : all)
      seen.push_back(std::to_string(static_cast<int>(x.status)) + x.reason + x.namespace_uri);
    return seen;
  };
  size_t moved = 0;
  for (const char* folder : {"good", "bad"})
    for (const document& sample : corpus(folder)) {
      const auto bare = scan(sample, in_one_piece());
      if (bare.front().status != scan_status::header)
        continue;
      const size_t tag = sample.text.find('<', bare.front().text.size());
      const size_t space = sample.text.find_first_of(" <>/", std::min(tag, sample.text.size()) + 1);
      if (space == sample.text.npos || sample.text[space] != ' ')
        continue;
      ++moved;
      for (size_t size = 1; size <= 64; ++size)
        for (const auto set : available_instruction_sets()) {
          document other = sample;
          other.text.insert(space, std::string(size, ' '));
          EXPECT_EQ(verdicts(bare), verdicts(scan(other, in_one_piece(), set)))
            << sample.name << ", " << to_string(set) << ", moved by " << size;
        }
    }
  EXPECT_GE(moved, 20u);
}

TEST(XmlScannerCorpus, refuses_the_bad_whatever_stands_behind) {
  // Near the end of the input the scanner reads single octets, elsewhere blocks.
  for (const document& sample : corpus("bad")) {
    const auto bare = describe(scan(sample, in_one_piece()));
    EXPECT_EQ(bare,
              describe(scan({sample.name, sample.text + std::string(64, 'x')}, in_one_piece())))
      << sample.name;
  }
}

TEST(XmlScannerCorpus, takes_nothing_that_expat_refuses) {
  // expat has the names of XML 1.0's fourth edition, the scanner those of the fifth.
  const std::set<std::string> newer_names = {"names-of-the-fifth-edition"};
  for (const document& sample : corpus("good"))
    EXPECT_EQ(expat_takes(sample.text, !sample.name.starts_with("unfinished")),
              !newer_names.contains(sample.name))
      << sample.name;
}

TEST(XmlScannerCorpus, refuses_what_expat_takes_only_where_xmpp_is_stricter) {
  // Faults by XML 1.0 as well, because of their place, or because they are not declared.
  const std::set<std::string> restricted_and_malformed = {
    "restricted-xml.declaration-behind-white-space",
    "restricted-xml.declaration-later",
    "restricted-xml.declaration-twice",
    "restricted-xml.entity",
    "restricted-xml.entity-in-value",
    "restricted-xml.doctype-inside",
  };
  // Well-formed, but not in UTF-8 (RFC 6120 §11.6).
  const std::set<std::string> other_encodings = {
    "unsupported-encoding.ascii-declared", "unsupported-encoding.latin-1-declared",
    "unsupported-encoding.utf-16-be",      "unsupported-encoding.utf-16-be-mark",
    "unsupported-encoding.utf-16-le",      "unsupported-encoding.utf-16-le-mark",
  };
  // XML 1.0 does not forbid it, but no XMPP entity sends it.
  const std::set<std::string> stricter = {"not-well-formed.declaration-1.1"};
  // expat waits for the end of these before it reports a fault.
  const std::set<std::string> unfinished_to_expat = {"not-well-formed.declaration-unclosed"};
  for (const document& sample : corpus("bad")) {
    const std::string condition = sample.name.substr(0, sample.name.find('.'));
    const bool well_formed =
      condition == "policy-violation" || condition == "bad-format"
      || (condition == "restricted-xml" && !restricted_and_malformed.contains(sample.name))
      || other_encodings.contains(sample.name) || stricter.contains(sample.name)
      || unfinished_to_expat.contains(sample.name);
    EXPECT_EQ(expat_takes(sample.text, false), well_formed) << sample.name;
  }
}

} // namespace
} // namespace fedhub::test
