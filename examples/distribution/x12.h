// SPDX-License-Identifier: Apache-2.0
//
// Reads purchase orders from a file of ANSI ASC X12 interchanges (transaction set 850, versions
// 004010 and 005010) that a stranger may have written.
//
// The format: the standards X12.5 (interchange control: ISA, IEA) and X12.6 (application control:
//   separators, GS, GE, ST, SE) and transaction set 850 of release 004010, all of ASC X12,
//   x12.org. Widths, lengths and code values are theirs; element numbers, such as 355, are those of
//   the X12 data element dictionary.
//
// Guarantees: an order is handed out only once its own SE has confirmed its control number and its
//   number of segments, and CTT, where there is one, its number of lines and the sum of its
//   quantities. Every segment that is refused is reported by itself, with its position (of
//   segments outside of any transaction set, and of lines beyond max_lines, the first). A
//   transaction set that is refused does not spoil its neighbours; a broken envelope ends its
//   interchange, and reading goes on at the next ISA. What is addressed to somebody else (ISA07,
//   ISA08, GS03) is passed over before anything in it is looked at. Memory is bounded by
//   X12Limits, whatever the file holds.
// Not guaranteed: the envelope around an order. GE and IEA come after the orders that they count:
//   whoever wants an interchange wholly or not at all takes its orders in one transaction and rolls
//   it back when InboundResult counts refusals. Nor that the sender is who it says: X12 has no
//   signature here.
// Narrower than the standard, because it would be a guess otherwise: ISA15 must say production,
//   BEG01 original and BEG02 a stand-alone or new order without a release; PO101 and PO103 are
//   mandatory, and the sku is the one element that PO106 to PO125 qualify as the seller's own (VP,
//   VN or SK). Segments that only inform (FOB, ITD, MEA, MSG, N2, N3, N4, N9, PER, PO4, TD5, AMT)
//   are checked for their form and passed over; any other could change what is ordered and is
//   refused.
// Thread safety: confined to one thread.
// Lifetime: nothing outlives the call.
#ifndef CORDON_EXAMPLES_DISTRIBUTION_X12_H_
#define CORDON_EXAMPLES_DISTRIBUTION_X12_H_

#include <cstddef>
#include <istream>
#include <string>

#include "purchase_order.h"

namespace distribution {

// The dealer, as its customers address it. Without an id it receives nothing.
struct X12Receiver {
  std::string qualifier = "ZZ";  // ISA07; ZZ: agreed between the two
  std::string id;                // ISA08 and GS03, without the padding
};

struct X12Limits {
  std::size_t max_segment_bytes = 4096;
  std::size_t max_element_bytes = 264;  // element 933, free-form text, is the longest here
  std::size_t max_lines = 10'000;       // of one order
  // ISA, GS and ST together. Their control numbers and the orders' are remembered, to find those
  // that come twice; reading ends at the first beyond.
  std::size_t max_envelopes = 100'000;
};

InboundResult ReadX12(std::istream& in, const X12Receiver& dealer, const InboundTaker& taker,
                      X12Limits limits = {});

}  // namespace distribution

#endif  // CORDON_EXAMPLES_DISTRIBUTION_X12_H_
