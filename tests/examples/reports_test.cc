// SPDX-License-Identifier: Apache-2.0
// What the example of lists and reports prints.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/program.h"

namespace cordon_test {
namespace {

TEST(Reports, PrintsItsListsAndWhatItsHookHeard) {
  const ScratchDirectory scratch;
  // The second time the file has a tenant more, of which nothing shows.
  for (int run = 1; run <= 2; ++run) {
    const Finished finished = RunProgram(CORDON_REPORTS, {scratch.File("reports.db")});
    EXPECT_EQ(finished.exit_code, 0);
    EXPECT_EQ(finished.err, "");
    EXPECT_EQ(finished.out, R"(    [reports, writes customers, rows: 1]
    [reports, writes customers, rows: 1]
    [reports, writes orders, rows: 1]
    [reports, writes orders, rows: 1]
    [reports, writes orders, rows: 1]
    [reports, writes orders, rows: 1]
    [reports, writes orders, rows: 1]
    [reports, reads customers, reads orders, rows: 3]
5  Alfreds Futterkiste  1252.50
4  Bottom-Dollar Markets  1002.00
    [reports, reads customers, reads orders, rows: 3]
3  Alfreds Futterkiste  751.50
2  Bottom-Dollar Markets  501.00
    [reports, reads customers, reads orders, rows: 1]
1  Alfreds Futterkiste  250.50
    [reports, reads customers, reads orders, rows: 3]
5  Alfreds Futterkiste  1252.50
3  Alfreds Futterkiste  751.50
1  Alfreds Futterkiste  250.50
    [reports, reads customers, reads orders, rows: 3]
5  Alfreds Futterkiste  1252.50
4  Bottom-Dollar Markets  1002.00
3  Alfreds Futterkiste  751.50
    [reports, reads customers, reads orders, rows: 2]
  Berlin  2  2004.00
  Tsawassen  2  1503.00
    [reports, reads customers, rows: 1]
  Bottom-Dollar Markets
    [reports, refused]
cordon: this scope only reads: use Transaction for a statement that writes (at byte 12 of the statement)
)");
  }
}

}  // namespace
}  // namespace cordon_test
