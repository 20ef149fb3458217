// SPDX-License-Identifier: Apache-2.0
#include "x12.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

#include "csv_reader.h"

namespace distribution {
namespace {

constexpr std::size_t kIsaBytes = 106;
// The only segment whose elements have fixed widths: it is read before its separators are known.
constexpr std::array<std::size_t, 16> kIsaWidths = {2, 10, 2, 10, 2, 15, 2, 15,
                                                    6, 4,  1, 5,  9, 1,  1, 1};

// Checked for their form and passed over: they change nothing of what is ordered.
constexpr std::string_view kInforming[] = {"AMT", "FOB", "ITD", "MEA", "MSG", "N2",
                                           "N3",  "N4",  "N9",  "PER", "PO4", "TD5"};

// Element 235: the seller's part number, the seller's item number, a stock keeping unit.
constexpr std::string_view kSellersOwn[] = {"VP", "VN", "SK"};

// Element 639, those that leave a price the price of one unit: catalogue, contract, quoted, per
// unit of measure. (A price per hundred, read as one per piece, would be paid a hundred times.)
constexpr std::string_view kPerUnit[] = {"", "CA", "CT", "QT", "UM"};

constexpr std::int64_t kMaxCount = 9'999'999'999;  // element 96 has ten digits

bool Among(std::string_view text, const auto& list) {
  return std::ranges::find(list, text) != std::end(list);
}

bool IsAlphanumeric(char c) { return IsUpper({&c, 1}, 1, true) || (c >= 'a' && c <= 'z'); }

// What may stand between elements without being mistaken for a part of one: no letter, digit or
// blank, nothing that numbers and codes are written with, and of the control characters the
// information separators alone.
bool CanSeparate(char c) {
  if (c >= 0x1C && c <= 0x1F) return true;
  return c > ' ' && c < 0x7F && !IsAlphanumeric(c) &&
         std::string_view("+-.").find(c) == std::string_view::npos;
}

bool IsTime(std::string_view text) {  // HHMM, HHMMSS, and up to two decimals of a second
  if (text.size() < 4 || text.size() > 8 || text.size() == 5 || !ParseWhole(text, 0, kMaxCount)) {
    return false;
  }
  return ParseWhole(text.substr(0, 2), 0, 23) && ParseWhole(text.substr(2, 2), 0, 59) &&
         (text.size() == 4 || ParseWhole(text.substr(4, 2), 0, 59));
}

std::string_view Trimmed(std::string_view text) {
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

// The bytes of a file, with a window that is looked at before it is taken.
class Bytes {
 public:
  explicit Bytes(std::istream& in) : in_(in), chunk_(std::size_t{64} << 10) {}

  // At least `size` bytes, or all that are left.
  std::string_view Ahead(std::size_t size) {
    while (end_ - pos_ < size && in_.good()) {
      std::memmove(chunk_.data(), chunk_.data() + pos_, end_ - pos_);
      end_ -= pos_;
      pos_ = 0;
      in_.read(chunk_.data() + end_, static_cast<std::streamsize>(chunk_.size() - end_));
      end_ += static_cast<std::size_t>(in_.gcount());
    }
    return {chunk_.data() + pos_, end_ - pos_};
  }

  void Take(std::size_t size) {
    const char* const from = chunk_.data() + pos_;
    line_ += std::count(from, from + size, '\n');
    byte_ += static_cast<std::int64_t>(size);
    pos_ += size;
  }

  std::int64_t line() const { return line_; }
  std::int64_t byte() const { return byte_; }
  bool unreadable() const { return in_.bad(); }

 private:
  std::istream& in_;
  std::vector<char> chunk_;
  std::size_t pos_ = 0;
  std::size_t end_ = 0;
  std::int64_t line_ = 1;
  std::int64_t byte_ = 0;
};

class Reader {
 public:
  Reader(std::istream& in, const X12Receiver& dealer, const InboundTaker& taker, X12Limits limits)
      : bytes_(in), dealer_(dealer), taker_(taker), limits_(limits) {}

  InboundResult Run() {
    while (!done_ && Next()) {
      if (is_isa_) {
        Isa();
      } else if (skip_ != Skip::kNothing) {
        SkipSegment();
      } else if (level_ == Level::kFile) {
        done_ = terminator_ == '\0';
        Refuse(done_ ? "the file does not begin with ISA, an interchange: it is not read"
                     : "behind an interchange only ISA can stand: nothing is read before the next");
        skip_ = Skip::kToIsa;
      } else if (truncated_) {
        Refuse(bytes_.unreadable() ? "the file could not be read any further than into this segment"
                                   : "truncated: the file ends inside this segment");
        done_ = true;
      } else {
        Segment();
      }
    }
    if (!done_) End();
    return result_;
  }

 private:
  enum class Level { kFile, kInterchange, kGroup, kSet };
  enum class Skip { kNothing, kToGe, kToIea, kToIsa };
  enum class Stage { kStart, kHeading, kDetail, kSummary };

  struct Envelope {
    std::string control;
    std::int64_t parts = 0;  // groups of an interchange, transaction sets of a group
    std::unordered_set<std::string> controls;  // of its parts
  };

  struct Set {
    std::string control;
    std::int64_t segments = 1;  // ST and SE included
    Stage stage = Stage::kStart;
    bool refused = false;
    PurchaseOrder order;
    std::unordered_set<std::string> line_numbers;
    std::int64_t lines = 0;  // PO1 segments, taken or refused
    std::int64_t quantity = 0;
  };

  // ---- Segments.

  // Reads the next segment as far as max_segment_bytes; the rest of a longer one is passed over.
  bool Next() {
    for (std::string_view ahead = bytes_.Ahead(1);
         !ahead.empty() && (ahead[0] == '\r' || ahead[0] == '\n'); ahead = bytes_.Ahead(1)) {
      bytes_.Take(1);
    }
    at_ = {bytes_.line(), segments_ + 1, bytes_.byte()};
    std::string_view ahead = bytes_.Ahead(kIsaBytes);
    if (ahead.empty()) return false;
    ++segments_;
    elements_.clear();
    truncated_ = too_long_ = false;
    // Where nothing else can stand, ISA with a letter behind it is a bad ISA; elsewhere it is some
    // other segment.
    is_isa_ = ahead.starts_with("ISA") &&
              (level_ == Level::kFile || ahead.size() < 4 || !IsAlphanumeric(ahead[3]));
    if (is_isa_) {
      text_ = ahead.substr(0, kIsaBytes);
      bytes_.Take(text_.size());
      return true;
    }
    text_.clear();
    if (terminator_ == '\0') return true;
    std::size_t length = 0;
    for (bool ended = false; !ended; ahead = bytes_.Ahead(1)) {
      truncated_ = ahead.empty();
      if (truncated_) break;
      const std::size_t found = ahead.find(terminator_);
      ended = found != std::string_view::npos;
      const std::string_view piece = ahead.substr(0, found);
      length += piece.size();
      text_ += piece.substr(0, limits_.max_segment_bytes - text_.size());
      bytes_.Take(piece.size() + (ended ? 1 : 0));
    }
    too_long_ = length > limits_.max_segment_bytes;
    for (std::string_view rest = text_;;) {
      const std::size_t found = rest.find(element_);
      elements_.push_back(rest.substr(0, found));
      if (found == std::string_view::npos) break;
      rest.remove_prefix(found + 1);
    }
    return true;
  }

  std::string_view Element(std::size_t number) const {
    return number < elements_.size() ? elements_[number] : std::string_view();
  }
  std::size_t Count() const { return elements_.size() - 1; }

  // What is wrong with the segment whatever it is.
  std::string Fault() const {
    const std::string_view name = Element(0);
    if (name.size() < 2 || name.size() > 3 || !IsUpper(name.substr(0, 1), 1, false) ||
        !IsUpper(name, name.size(), true)) {
      return "the segment does not begin with a name of two or three capital letters and digits";
    }
    if (too_long_)
      return fmt::format("the segment is longer than {} bytes", limits_.max_segment_bytes);
    for (std::size_t i = 1; i < elements_.size(); ++i) {
      const std::string_view element = elements_[i];
      const char* fault = nullptr;
      if (FindControlCharacter(element) != std::string_view::npos) {
        fault = "holds a control character";
      } else if (!IsUtf8(element)) {
        fault = "is not valid UTF-8";
      } else if (element.size() > limits_.max_element_bytes) {
        fault = "is too long";
      }
      if (fault != nullptr) return fmt::format("{}{:02} {}", name, i, fault);
    }
    return "";
  }

  void Refuse(std::string what) {
    ++result_.refusals;
    taker_.refusal({at_, std::move(what)});
  }

  // ---- Levels.

  void SkipSegment() {
    if (skip_ == Skip::kToIsa) return;
    const std::string_view name = Element(0);
    if (name == "IEA") {
      if (skip_ == Skip::kToGe) Refuse("the functional group is not closed by GE");
      level_ = Level::kFile;
      skip_ = Skip::kNothing;
    } else if (skip_ == Skip::kToGe && name == "GE") {
      level_ = Level::kInterchange;
      skip_ = Skip::kNothing;
    } else if (skip_ == Skip::kToGe && name == "GS") {
      Break("the functional group before is not closed by GE");
    }
  }

  void Segment() {
    const std::string fault = Fault();
    const std::string_view name = Element(0);
    if (level_ == Level::kSet && name != "ST" && name != "SE" && name != "GE" && name != "GS" &&
        name != "IEA") {
      ++set_.segments;
      if (fault.empty()) return SetSegment(name);
      // It stands for what it is called, so that what follows is not blamed for it.
      if (name == "BEG" && set_.stage == Stage::kStart) set_.stage = Stage::kHeading;
      if (name == "PO1" && (set_.stage == Stage::kHeading || set_.stage == Stage::kDetail)) {
        set_.stage = Stage::kDetail;
        ++set_.lines;
      }
      return RefuseSet(fault);
    }
    if (level_ == Level::kSet && name != "SE") {
      RefuseSet("the transaction set before is not closed by SE");
      CloseSet();
    }
    if (name == "ST" && level_ == Level::kGroup) return St(fault);
    if (name == "SE" && level_ == Level::kSet) return Se(fault);
    if (level_ == Level::kGroup && name != "GE" && name != "GS" && name != "IEA") {
      if (!stray_) Refuse("the segment stands outside of any transaction set (ST to SE)");
      stray_ = true;
      return;
    }
    if (!fault.empty()) return Break(fault);
    if (name == "GE" && level_ == Level::kGroup) return Ge();
    if (name == "GS" && level_ == Level::kInterchange) return Gs();
    if (name == "IEA" && level_ == Level::kInterchange) return Iea();
    if (level_ == Level::kGroup) return Break("the functional group before is not closed by GE");
    Break("between functional groups nothing stands but GS and IEA");
  }

  // Ends the interchange: what follows in it can be trusted no more.
  void Break(std::string why) {
    Refuse(std::move(why) + "; the rest of the interchange is not read");
    const bool over = Element(0) == "IEA";
    level_ = over ? Level::kFile : Level::kInterchange;
    skip_ = over ? Skip::kNothing : Skip::kToIea;
  }

  void End() {
    if (bytes_.unreadable()) return Refuse("the file could not be read any further");
    if (skip_ == Skip::kToIsa || skip_ == Skip::kToIea) return;  // told already
    if (envelopes_ == 0) return Refuse("the file holds no interchange (ISA)");
    if (level_ == Level::kSet) Refuse("truncated: the file ends before the transaction set's SE");
    if (level_ == Level::kGroup || skip_ == Skip::kToGe) {
      Refuse("truncated: the file ends before the functional group's GE");
    } else if (level_ == Level::kInterchange) {
      Refuse("truncated: the file ends before the interchange's IEA");
    }
  }

  // Counts an envelope whose control number is about to be remembered.
  bool HasRoom() {
    if (++envelopes_ <= limits_.max_envelopes) return true;
    Refuse(fmt::format("the file has more than {} envelopes (ISA, GS, ST): the rest is not read",
                       limits_.max_envelopes));
    done_ = true;
    return false;
  }

  // ---- The interchange.

  std::string_view IsaElement(std::size_t number) const {
    std::size_t from = 4;
    for (std::size_t i = 1; i < number; ++i) from += kIsaWidths[i - 1] + 1;
    return std::string_view(text_).substr(from, kIsaWidths[number - 1]);
  }

  void Isa() {
    if (level_ == Level::kSet) {
      RefuseSet("the transaction set before is not closed by SE");
      CloseSet();
    }
    if (level_ != Level::kFile && skip_ != Skip::kToIea) {
      Refuse("the interchange before is not closed by IEA");
    }
    level_ = Level::kFile;
    skip_ = Skip::kNothing;
    if (!HasRoom()) return;
    if (std::string fault = IsaForm(); !fault.empty()) {
      // Its separators are a guess, and so is where the next segment begins.
      Refuse(fault + "; the rest of the file is not read");
      done_ = true;
      return;
    }
    element_ = text_[3];
    terminator_ = text_[kIsaBytes - 1];
    level_ = Level::kInterchange;
    if (std::string fault = IsaContent(); !fault.empty()) {
      Refuse(fault + "; the interchange is not read");
      skip_ = Skip::kToIea;
      return;
    }
    interchange_ = {.control = std::string(IsaElement(13)), .parts = 0, .controls = {}};
  }

  std::string IsaForm() const {
    if (text_.size() < kIsaBytes) return "truncated: the file ends inside this ISA";
    const char element = text_[3];
    const char component = text_[kIsaBytes - 2];
    const char terminator = text_[kIsaBytes - 1];
    if (!CanSeparate(element)) {
      return "byte 4 of ISA, the element separator, is no separator";
    }
    std::size_t at = 3;
    for (std::size_t i = 0; i < kIsaWidths.size(); ++i) {
      const std::string_view value = std::string_view(text_).substr(at + 1, kIsaWidths[i]);
      if (text_[at] != element || value.find(element) != std::string_view::npos) {
        return fmt::format("ISA is not {} characters: ISA{:02} is not {} wide", kIsaBytes,
                           text_[at] != element ? i : i + 1,
                           kIsaWidths[text_[at] != element ? i - 1 : i]);
      }
      at += kIsaWidths[i] + 1;
    }
    if (!CanSeparate(component)) return "ISA16, the component separator, is no separator";
    if (!CanSeparate(terminator) && terminator != '\n' && terminator != '\r') {
      return "byte 106 of ISA, the segment terminator, is no separator";
    }
    if (component == terminator || element == terminator) {
      return "ISA names one character for two separators";
    }
    for (std::size_t i = 4; i + 2 < kIsaBytes; ++i) {
      const char c = text_[i];
      if (c == terminator || c == component) {
        return "ISA uses one of its separators as text";
      }
      // ISA11 may be a separator, of the control characters that CanSeparate knows.
      if (c != element && (c < ' ' || c > '~') && i != kRepetitionAt) {
        return "ISA holds a character that is not printable ASCII";
      }
    }
    return "";
  }

  std::string IsaContent() {
    if (dealer_.id.empty() || IsaElement(7) != dealer_.qualifier ||
        Trimmed(IsaElement(8)) != dealer_.id) {
      return "ISA07 and ISA08 name another receiver than this dealer: it was sent to the wrong one";
    }
    const std::string_view version = IsaElement(12);
    const char repetition = text_[kRepetitionAt];
    if (version == "00401") {
      if (repetition != 'U') return "ISA11, the standards id of version 00401, is not U";
    } else if (version != "00501") {
      return "ISA12, the version, is neither 00401 nor 00501";
    } else if (!CanSeparate(repetition)) {  // IsaForm() has found it when it is one of the others
      return "ISA11, the repetition separator of version 00501, is no separator";
    }
    if (!IsCode(Trimmed(IsaElement(6)), 15)) return "ISA06, the sender, is not a plain code";
    if (!ParseDay("20" + std::string(IsaElement(9)))) return "ISA09 is not a day (YYMMDD)";
    if (!IsTime(IsaElement(10))) return "ISA10 is not a time (HHMM)";
    if (!ParseWhole(IsaElement(13), 0, 999'999'999)) {
      return "ISA13, the control number, is not nine digits";
    }
    if (IsaElement(14) != "0" && IsaElement(14) != "1") return "ISA14 is neither 0 nor 1";
    if (IsaElement(15) != "P") return "ISA15 does not say production (P): a test is no order";
    const std::string_view sender = std::string_view(text_).substr(32, 18);  // ISA05 and ISA06
    if (!interchanges_.insert(std::string(sender) + std::string(IsaElement(13))).second) {
      return "ISA13, the control number, has been used by an interchange of this file";
    }
    return "";
  }

  void Iea() {
    if (Count() != 2 || Element(2) != interchange_.control) {
      return Break("IEA02 is not the control number of ISA13, or not the last element");
    }
    if (ParseWhole(Element(1), 0, kMaxCount) != interchange_.parts) {
      return Break(fmt::format("IEA01 does not count the {} functional groups that there are",
                               interchange_.parts));
    }
    level_ = Level::kFile;
  }

  // ---- The functional group.

  void Gs() {
    if (!HasRoom()) return;
    ++interchange_.parts;
    level_ = Level::kGroup;
    stray_ = false;
    if (std::string fault = GsContent(); !fault.empty()) {
      Refuse(fault + "; the functional group is not read");
      skip_ = Skip::kToGe;
      return;
    }
    sender_ = Element(2);
    group_ = {.control = std::string(Element(6)), .parts = 0, .controls = {}};
  }

  std::string GsContent() {
    if (Element(3) != dealer_.id) {
      return "GS03 names another receiver than this dealer: it was sent to the wrong one";
    }
    if (Count() != 8) return "GS does not have 8 elements";
    if (Element(1) != "PO") return "GS01 is not PO, purchase orders";
    if (Element(2).size() < 2 || !IsCode(Element(2), 15)) {
      return "GS02, the sender, is not a plain code";
    }
    if (!ParseDay(Element(4))) return "GS04 is not a day (CCYYMMDD)";
    if (!IsTime(Element(5))) return "GS05 is not a time (HHMM)";
    const std::optional<std::int64_t> control = ParseWhole(Element(6), 0, 999'999'999);
    if (!control || Element(6).size() > 9) {
      return "GS06, the control number, is not one to nine digits";
    }
    if (Element(7) != "X") return "GS07 is not X";
    const std::string_view version = Element(8);
    if ((!version.starts_with("004010") && !version.starts_with("005010")) || version.size() > 12 ||
        !std::ranges::all_of(version, IsAlphanumeric)) {
      return "GS08, the version, is neither 004010 nor 005010";
    }
    if (!interchange_.controls.insert(std::to_string(*control)).second) {
      return "GS06, the control number, has been used by a group of this interchange";
    }
    return "";
  }

  void Ge() {
    if (Count() != 2 || Element(2) != group_.control) {
      return Break("GE02 is not the control number of GS06, or not the last element");
    }
    if (ParseWhole(Element(1), 0, kMaxCount) != group_.parts) {
      return Break(
          fmt::format("GE01 does not count the {} transaction sets that there are", group_.parts));
    }
    level_ = Level::kInterchange;
  }

  // ---- The transaction set.

  void St(const std::string& fault) {
    if (!HasRoom()) return;
    ++group_.parts;
    stray_ = false;
    level_ = Level::kSet;
    set_ = {};
    set_.control = Element(2);
    set_.order.at = at_;
    set_.order.sender = sender_;
    if (!fault.empty()) {
      RefuseSet(fault);
    } else if (Element(1) != "850") {
      RefuseSet("ST01 is not 850, a purchase order");
    } else if (Count() > 3) {
      RefuseSet("ST has more than 3 elements");
    } else if (Element(2).size() < 4 || !IsCode(Element(2), 9)) {
      RefuseSet("ST02, the control number, is not a code of 4 to 9 characters");
    } else if (!group_.controls.insert(set_.control).second) {
      RefuseSet("ST02, the control number, has been used by a transaction set of this group");
    }
  }

  void RefuseSet(std::string what) {
    Refuse(std::move(what));
    set_.refused = true;
  }

  // Leaves the set, and says whether its order may be handed out.
  bool CloseSet() {
    level_ = Level::kGroup;
    PurchaseOrder& order = set_.order;
    if (order.buyer.empty()) order.buyer = sender_;
    // A number counts as used by an order that was refused too: nobody can tell which is meant.
    if (order.number.empty() || orders_.emplace(order.buyer, order.number).second) {
      return !set_.refused;
    }
    RefuseSet("BEG03, the order number, comes twice from this buyer in this file");
    return false;
  }

  void Se(const std::string& fault) {
    ++set_.segments;
    if (!fault.empty()) {
      RefuseSet(fault);
    } else if (Count() != 2 || Element(2) != set_.control) {
      RefuseSet("SE02 is not the control number of ST02, or not the last element");
    } else if (ParseWhole(Element(1), 0, kMaxCount) != set_.segments) {
      RefuseSet(fmt::format(
          "SE01 does not count the {} segments that there are, ST and SE included", set_.segments));
    } else if (!set_.refused && set_.lines == 0) {
      RefuseSet("the order has no line (PO1)");
    }
    if (!CloseSet()) return;
    ++result_.orders;
    if (!taker_.order(std::move(set_.order))) result_.stopped = done_ = true;
  }

  void SetSegment(std::string_view name) {
    if (name == "BEG") return Beg();
    if (set_.stage == Stage::kStart) {
      // Told once; a set of another kind was told at its ST.
      if (!set_.refused) RefuseSet("the segment after ST is not BEG");
      return;
    }
    if (name == "CTT") return Ctt();
    if (set_.stage == Stage::kSummary) {
      if (name != "AMT") RefuseSet("after CTT nothing stands but AMT and SE");
      return;
    }
    if (name == "PO1") return Po1();
    if (name == "CUR") return Cur();
    if (name == "N1") return N1();
    if (name == "REF") {
      if (Element(1).size() < 2 || Element(1).size() > 3 ||
          (Element(2).empty() && Element(3).empty())) {
        RefuseSet("REF01 has no qualifier, or nothing follows it");
      }
    } else if (name == "DTM") {
      if (!IsUpper(Element(1), 3, true) || (!Element(2).empty() && !ParseDay(Element(2)))) {
        RefuseSet("DTM01 is not of three characters, or DTM02 is not a day (CCYYMMDD) that exists");
      }
    } else if (name == "PID") {
      if (!IsUpper(Element(1), 1, false)) RefuseSet("PID01 is not a letter");
    } else if (!Among(name, kInforming)) {
      RefuseSet(fmt::format("{} could change what is ordered, and is not read", name));
    }
  }

  void Beg() {
    if (set_.stage != Stage::kStart) return RefuseSet("BEG is not the segment after ST");
    set_.stage = Stage::kHeading;
    const std::optional<std::chrono::year_month_day> day = ParseDay(Element(5));
    if (IsCode(Element(3), kMaxOrderNumber)) set_.order.number = Element(3);
    if (set_.order.number.empty()) {
      RefuseSet(fmt::format("BEG03, the order number, is not a plain code of up to {} characters",
                            kMaxOrderNumber));
    } else if (Element(1) != "00") {
      RefuseSet("BEG01 is not 00: only original orders are taken");
    } else if (Element(2) != "SA" && Element(2) != "NE") {
      RefuseSet("BEG02 is neither SA nor NE: only orders of their own are taken");
    } else if (!Element(4).empty()) {
      RefuseSet("BEG04 names a release: only orders of their own are taken");
    } else if (!day) {
      RefuseSet("BEG05, the date, is not a day (CCYYMMDD) that exists");
    } else if (Count() > 12) {
      RefuseSet("BEG has more than 12 elements");
    } else {
      set_.order.ordered = *day;
    }
  }

  void Cur() {
    if (set_.stage != Stage::kHeading || !set_.order.currency.empty()) {
      return RefuseSet("CUR comes twice or behind a line: an order has one currency");
    }
    if (!IsUpper(Element(2), 3, false)) {
      return RefuseSet("CUR02, the currency, is not three capital letters");
    }
    if (Count() > 2) return RefuseSet("CUR03 and what follows, a rate of exchange, is not read");
    set_.order.currency = Element(2);
  }

  void N1() {
    if (Element(1).size() < 2 || Element(1).size() > 3) return RefuseSet("N101 names no role");
    if (Element(1) != "BY") return;
    if (set_.stage != Stage::kHeading || has_buyer()) {
      return RefuseSet("N1*BY comes twice or behind a line: an order has one buyer");
    }
    if (Element(3).empty() && Element(4).empty()) {
      set_.order.buyer = sender_;  // a name alone identifies nobody
    } else if (Element(3).empty() || !IsCode(Element(4), kMaxBuyerId)) {
      RefuseSet(
          fmt::format("N104, the buyer, is not a plain code of up to {} characters", kMaxBuyerId));
    } else {
      set_.order.buyer = Element(4);
    }
  }
  bool has_buyer() const { return !set_.order.buyer.empty(); }

  void Po1() {
    set_.stage = Stage::kDetail;
    ++set_.lines;
    const auto most = static_cast<std::int64_t>(limits_.max_lines);
    if (set_.lines > most) {
      if (set_.lines == most + 1) RefuseSet(fmt::format("the order has more than {} lines", most));
      return;
    }
    PurchaseOrderLine line;
    line.number = Element(1);
    line.unit = Element(3);
    line.at = at_;
    if (std::string fault = Po1Content(&line); !fault.empty()) return RefuseSet(std::move(fault));
    set_.quantity += line.quantity;
    if (!set_.refused) set_.order.lines.push_back(std::move(line));
  }

  std::string Po1Content(PurchaseOrderLine* line) {
    if (Count() > 25) return "PO1 has more than 25 elements";
    if (!IsCode(line->number, kMaxLineNumber)) {
      return fmt::format("PO101, the line's number, is not a plain code of up to {} characters",
                         kMaxLineNumber);
    }
    if (!set_.line_numbers.insert(line->number).second) {
      return "PO101, the line's number, comes twice in this order";
    }
    const std::optional<std::int64_t> quantity = ParseWhole(Element(2), 1, kMaxOrdered);
    if (!quantity) {
      return fmt::format("PO102, the quantity, is not a whole number from 1 to {}", kMaxOrdered);
    }
    line->quantity = *quantity;
    if (!IsUpper(line->unit, 2, true))
      return "PO103, the unit, is not two capital letters or digits";
    if (!Element(4).empty()) {
      line->price = ParseOrderPrice(Element(4));
      if (!line->price) {
        return fmt::format(
            "PO104, the price, is not a number from 0 to {} with at most {} decimals",
            kMaxOrderPrice.ToString(), Price::kScale);
      }
    }
    // Per each is per unit when the unit is one.
    if (!Among(Element(5), kPerUnit) && !(Element(5) == "PE" && line->unit == "EA")) {
      return "PO105 is not a price for one unit";
    }
    for (std::size_t i = 6; i < 25; i += 2) {
      const std::string_view qualifier = Element(i);
      const std::string_view id = Element(i + 1);
      if (qualifier.empty() != id.empty()) {
        return fmt::format("PO1{:02} and PO1{:02} are not a qualifier and its id", i, i + 1);
      }
      if (!Among(qualifier, kSellersOwn)) continue;
      if (!line->sku.empty() && line->sku != id) return "PO1 names two articles of the seller";
      line->sku = id;
    }
    if (!IsCode(line->sku, kMaxSku)) {
      return fmt::format("PO1 has no seller's article (VP, VN or SK) of up to {} plain characters",
                         kMaxSku);
    }
    return "";
  }

  void Ctt() {
    if (set_.stage != Stage::kDetail) return RefuseSet("CTT comes twice or before the lines");
    set_.stage = Stage::kSummary;
    if (ParseWhole(Element(1), 0, kMaxCount) != set_.lines) {
      RefuseSet(fmt::format("CTT01 does not count the {} lines that there are", set_.lines));
    } else if (!Element(2).empty() && !set_.refused &&
               ParseWhole(Element(2), 0, kMaxCount) != set_.quantity) {
      RefuseSet("CTT02 is not the sum of the quantities");
    }
  }

  static constexpr std::size_t kRepetitionAt = 82;  // ISA11

  Bytes bytes_;
  const X12Receiver& dealer_;
  const InboundTaker& taker_;
  const X12Limits limits_;
  InboundResult result_;
  bool done_ = false;

  char element_ = '\0';
  char terminator_ = '\0';  // NUL until an ISA has named it

  FilePosition at_;  // of the segment
  std::int64_t segments_ = 0;
  std::string text_;
  std::vector<std::string_view> elements_;  // of text_
  bool is_isa_ = false;
  bool truncated_ = false;
  bool too_long_ = false;

  Level level_ = Level::kFile;
  Skip skip_ = Skip::kNothing;
  bool stray_ = false;
  std::size_t envelopes_ = 0;
  std::unordered_set<std::string> interchanges_;  // sender and control number
  Envelope interchange_;
  Envelope group_;
  std::string sender_;  // GS02
  Set set_;
  std::set<std::pair<std::string, std::string>> orders_;  // buyer and number
};

}  // namespace

InboundResult ReadX12(std::istream& in, const X12Receiver& dealer, const InboundTaker& taker,
                      X12Limits limits) {
  return Reader(in, dealer, taker, limits).Run();
}

}  // namespace distribution
