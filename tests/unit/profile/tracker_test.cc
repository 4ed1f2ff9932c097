// SPDX-License-Identifier: GPL-2.0-only

#include "machine/profile/tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/unit/profile/tracked_processor.h"

namespace daxmend {
namespace {

using testing::HasSubstr;

TEST_F(TrackerTest, CountsBetweenTheTwoReadings) {
  Begin();
  Run(Make(0x1010, 5));
  End();
  EXPECT_EQ(Folded(), "j;fast;queue 6\n");
}

TEST_F(TrackerTest, FollowsCallsAndReturns) {
  Begin();
  Run(Make(0x1010, 3, BlockEnd::kCall));
  Run(Make(0x1100, 4, BlockEnd::kCall));
  Run(Make(0x1200, 7, BlockEnd::kReturn));
  Run(Make(0x1110, 2, BlockEnd::kReturn));
  Run(Make(0x101c, 1));
  End();
  EXPECT_EQ(Folded(),
            "j;fast;queue 5\nj;fast;queue;helper 6\n"
            "j;fast;queue;helper;other_helper 7\n");
}

TEST_F(TrackerTest, ATailCallIsItsOwnFunctionAtTheSamePlace) {
  Begin();
  Run(Make(0x1010, 3, BlockEnd::kCall));
  Run(Make(0x1100, 4, BlockEnd::kJump));
  Run(Make(0x1200, 7, BlockEnd::kReturn));
  Run(Make(0x101c, 1));
  End();
  EXPECT_EQ(Folded(),
            "j;fast;queue 5\nj;fast;queue;helper 4\n"
            "j;fast;queue;other_helper 7\n");
}

TEST_F(TrackerTest, FollowsAReturnThatIsAJump) {
  // A retpoline: call, overwrite the return address, ret.
  Begin();
  Run(Make(0x1010, 3, BlockEnd::kCall));
  Run(Make(kKernel + 0x500, 1, BlockEnd::kCall));
  Run(Make(kKernel + 0x510, 2, BlockEnd::kReturn));
  Run(Make(kKernel + 0x200, 9, BlockEnd::kReturn));
  Run(Make(0x101c, 1));
  End();
  EXPECT_THAT(Folded(), HasSubstr("j;fast;queue;copy 9\n"));
  EXPECT_THAT(Folded(), HasSubstr("j;fast;queue 5\n"));
}

TEST_F(TrackerTest, FollowsSystemCalls) {
  Begin();
  Run(Make(0x1010, 3, BlockEnd::kSystemCall));
  Run(Make(kKernel, 4, BlockEnd::kCall));
  Run(Make(kKernel + 0x100, 8, BlockEnd::kReturn));
  Run(Make(kKernel + 0x10, 2, BlockEnd::kTrapReturn));
  Run(Make(0x101c, 1));
  End();
  EXPECT_EQ(Folded(),
            "j;fast;queue 5\nj;fast;queue;entry_SYSCALL_64 6\n"
            "j;fast;queue;entry_SYSCALL_64;vfs_read 8\n");
}

TEST_F(TrackerTest, NamesTheMethodThatTheKernelInterprets) {
  methods_ = {"DEV0._DSM", "DEV0.WIPE"};
  const auto opcode = [this](uint16_t method) {
    Run(Make(kKernel + 0xb10, 1, BlockEnd::kCall));
    Run(Make(kKernel + 0xc00, 4, BlockEnd::kReturn, ProfileCode::kOpcode));
    tracker_.Method(method);
  };
  Begin();
  for (int i = 0; i < 2; ++i) {
    Run(Make(0x1010, 3, BlockEnd::kCall));
    Run(Make(kKernel + 0xa00, 5, BlockEnd::kCall, ProfileCode::kEvaluation));
    Run(Make(kKernel + 0xb00, 7));
    opcode(1);
    opcode(2);
    Run(Make(kKernel + 0xb20, 100));
    opcode(0);  // of a table that is not the firmware's
    Run(Make(kKernel + 0xb30, 11, BlockEnd::kReturn));
    Run(Make(kKernel + 0xa20, 1, BlockEnd::kReturn));
    Run(Make(0x101c, 1));
  }
  End();
  const std::string stack = "j;fast;queue;acpi_ps_execute_method";
  const std::string parse = stack + ";acpi_ps_parse_aml";
  // Two evaluations, each with what comes before its first opcode and in the
  // last.
  EXPECT_EQ(Folded(), "j;fast;queue 9\n" + stack + " 12\n" + parse + " 38\n" +
                          parse + ";DEV0.WIPE 202\n" + parse +
                          ";DEV0.WIPE;acpi_ps_peek_opcode 8\n" + parse +
                          ";DEV0._DSM 2\n" + parse +
                          ";DEV0._DSM;acpi_ps_peek_opcode 8\n" + parse +
                          ";acpi_ps_peek_opcode 8\n");
}

TEST_F(TrackerTest, KeepsInterruptsApart) {
  Begin();
  // Right behind a call: that is done when the interrupt returns.
  Run(Make(0x1010, 3, BlockEnd::kCall));
  Run(Make(kKernel + 0x400, 5, BlockEnd::kCall, ProfileCode::kInterrupt));
  Run(Make(kKernel + 0x200, 6, BlockEnd::kReturn));
  Run(Make(kKernel + 0x414, 1, BlockEnd::kTrapReturn));
  Run(Make(0x1100, 4, BlockEnd::kReturn));
  Run(Make(0x101c, 1));
  End();
  EXPECT_EQ(Folded(),
            "j;fast;queue 5\nj;fast;queue;helper 4\n"
            "j;fast;[interrupts];asm_sysvec_apic_timer_interrupt 6\n"
            "j;fast;[interrupts];asm_sysvec_apic_timer_interrupt;copy 6\n");
  const ProfilePath path = Profile().jobs[0].path(Path::kFast);
  EXPECT_EQ(path.work, 9u);
  EXPECT_EQ(path.interrupts, 12u);
}

TEST_F(TrackerTest, AnInterruptThatComesByAStubIsOne) {
  Begin();
  Run(Make(0x1010, 3));
  Run(Make(kKernel + 0x700, 2, BlockEnd::kJump, ProfileCode::kInterruptStub));
  Run(Make(kKernel + 0x800, 6, BlockEnd::kTrapReturn, ProfileCode::kInterrupt));
  Run(Make(0x1020, 4));
  End();
  EXPECT_EQ(Folded(),
            "j;fast;queue 8\n"
            "j;fast;[interrupts];asm_common_interrupt 6\n"
            "j;fast;[interrupts];irq_entries_start 2\n");
}

TEST_F(TrackerTest, AnInstructionThatFaultedCountsOnce) {
  Begin();
  // The third of five faults, and is executed again.
  Run(Make(0x1010, 5), 3);
  Run(Make(kKernel + 0x300, 7, BlockEnd::kTrapReturn, ProfileCode::kException));
  Run(Make(0x1018, 3));
  End();
  EXPECT_EQ(Folded(), "j;fast;queue 6\nj;fast;queue;asm_exc_page_fault 7\n");
}

TEST_F(TrackerTest, AnInstructionThatNeverSucceedsDoesNotCount) {
  // A load that ends in a signal, or at a fixup of the kernel.
  Begin();
  Run(Make(kKernel + 0x200, 5, BlockEnd::kOther), 5);
  Run(Make(kKernel + 0x300, 7, BlockEnd::kTrapReturn, ProfileCode::kException));
  Run(Make(kKernel + 0x280, 3));
  End();
  EXPECT_EQ(
      Folded(),
      "j;fast;copy 7\nj;fast;copy;asm_exc_page_fault 7\nj;fast;queue 1\n");
}

TEST_F(TrackerTest, CodeThatWasNotThereYetFaultsBehindTheBlockBefore) {
  Begin();
  Run(Make(0x1010, 3, BlockEnd::kCall));
  Run(Make(kKernel + 0x300, 7, BlockEnd::kTrapReturn, ProfileCode::kException));
  Run(Make(0x1100, 4, BlockEnd::kReturn));
  Run(Make(0x101c, 1));
  End();
  EXPECT_EQ(Folded(),
            "j;fast;queue 5\nj;fast;queue;asm_exc_page_fault 7\n"
            "j;fast;queue;helper 4\n");
}

TEST_F(TrackerTest, TheLastInstructionMayBeOfTheNextPage) {
  // Five are told of, four are the block's; the code of the fifth is not there.
  const CodeBlock* block = Make(0x1010, 5, BlockEnd::kCall);
  Begin();
  Run(block, 4);
  Run(Make(kKernel + 0x300, 7, BlockEnd::kTrapReturn, ProfileCode::kException));
  Run(Make(0x1020, 3));
  // The fourth of five faults on its data.
  Run(block, 4);
  Run(Make(kKernel + 0x300, 7, BlockEnd::kTrapReturn, ProfileCode::kException));
  Run(Make(0x101c, 4));
  End();
  EXPECT_EQ(Folded(), "j;fast;queue 15\nj;fast;queue;asm_exc_page_fault 14\n");
}

TEST_F(TrackerTest, WhatOthersDoIsApart) {
  Begin();
  Run(Make(0x1010, 3));
  Switch(1, 2);
  Run(Make(kKernel + 0x900, 50));
  Switch(2, 1);
  Run(Make(0x1020, 4));
  End();
  EXPECT_EQ(Folded(),
            "j;fast;__switch_to_asm 2\nj;fast;queue 8\n"
            "j;fast;[other threads];__switch_to_asm 2\n"
            "j;fast;[other threads];kworker 50\n");
}

TEST_F(TrackerTest, WhatFaultsInAnotherThreadCountsOnceToo) {
  Begin();
  Switch(1, 2);
  Run(Make(0x1100, 5), 3);
  Run(Make(kKernel + 0x300, 7, BlockEnd::kTrapReturn, ProfileCode::kException));
  Run(Make(0x1108, 3));
  Switch(2, 1);
  End();
  EXPECT_EQ(Folded(),
            "j;fast;__switch_to_asm 2\nj;fast;queue 1\n"
            "j;fast;[other threads];__switch_to_asm 2\n"
            "j;fast;[other threads];asm_exc_page_fault 7\n"
            "j;fast;[other threads];helper 5\n");
}

TEST_F(TrackerTest, AFaultThatIsHandledBehindTheIoIsNotCounted) {
  // It comes while this I/O waits, and is executed again in the next one.
  Begin();
  Switch(1, 2);
  Run(Make(0x1100, 5), 3);
  Run(Make(kKernel + 0x300, 7, BlockEnd::kJump, ProfileCode::kException));
  Switch(2, 1);
  End();
  EXPECT_EQ(Profile().jobs[0].path(Path::kFast).others, 2u + 7u + 2u);
}

TEST_F(TrackerTest, PartsAreThoseOfTheClockReadings) {
  Begin();
  Run(Make(0x1010, 10));
  Read(ProfileMark::kDetectEnds, Make(0x1050, 1), 1);
  Read(ProfileMark::kSalvageBegins, Make(0x1060, 2), 1);
  Run(Make(0x1100, 20));
  Read(ProfileMark::kSaved, Make(0x1068, 2), 1);
  Run(Make(0x1200, 30));
  Read(ProfileMark::kRepairEnds, Make(0x1070, 2), 1);
  Read(ProfileMark::kIoEnds, Make(0x1078, 1), 1);
  tracker_.Mark(ProfileMark::kRecordDetect);
  tracker_.Mark(ProfileMark::kRecordSalvage);
  tracker_.Mark(ProfileMark::kRecordRepair);
  tracker_.Mark(ProfileMark::kRecordRecovery);
  EXPECT_EQ(Folded(),
            "j;detect;queue 11\n"
            "j;salvage;helper 20\nj;salvage;queue 2\n"
            "j;repair;other_helper 30\nj;repair;queue 2\n"
            "j;recovery;helper 20\nj;recovery;other_helper 30\n"
            "j;recovery;queue 18\n");
}

TEST_F(TrackerTest, AnAttemptIsWhatItTurnedOutToBe) {
  for (const auto& [turned_out, record] :
       {std::pair{ProfileMark::kAttemptRepaired, ProfileMark::kRecordRepair},
        std::pair{ProfileMark::kAttemptDetected, ProfileMark::kRecordDetect}}) {
    Begin();
    Read(ProfileMark::kAttemptBegins, Make(0x1050, 1), 1);
    Run(Make(0x1100, 20));
    Read(ProfileMark::kAttemptEnds, Make(0x1058, 1), 1);
    tracker_.Mark(turned_out);
    Read(ProfileMark::kIoEnds, Make(0x1060, 1), 1);
    tracker_.Mark(record);
    tracker_.Mark(ProfileMark::kRecordRecovery);
  }
  EXPECT_EQ(Profile().jobs[0].path(Path::kRepair).work, 21u);
  EXPECT_EQ(Profile().jobs[0].path(Path::kDetect).work, 21u);
}

TEST_F(TrackerTest, AFailedIoIsNoSample) {
  Begin();
  Run(Make(0x1010, 10));
  Read(ProfileMark::kDetectEnds, Make(0x1050, 1), 1);
  tracker_.Mark(ProfileMark::kRecordDetect);
  tracker_.Mark(ProfileMark::kFailed);
  Run(Make(0x1020, 1000));
  EXPECT_EQ(Folded(), "j;detect;queue 11\n");
}

TEST_F(TrackerTest, IosOfTwoThreadsAtOnceAreToldApart) {
  Switch(1, 2);
  Run(Make(0x1000, 1));
  Begin();
  Run(Make(0x1010, 3));
  Switch(2, 3);
  Run(Make(0x1000, 1));
  Begin();
  Run(Make(0x1100, 5));
  End();
  Switch(3, 2);
  Run(Make(0x1014, 1));
  End();
  const ProfilePath path = Profile().jobs[0].path(Path::kFast);
  EXPECT_EQ(path.ios, 2u);
  EXPECT_EQ(path.work_of_ios, (std::map<uint64_t, uint64_t>{{6, 1}, {7, 1}}));
  EXPECT_GE(path.others, 9u);
}

TEST_F(TrackerTest, UpkeepIsWhatTheAllocatorsDoAndCall) {
  tracker_.AddUpkeep(kKernel + 0x200, kKernel + 0x300);
  Begin();
  Run(Make(0x1010, 3, BlockEnd::kCall));
  Run(Make(kKernel + 0x100, 4, BlockEnd::kCall));
  Run(Make(kKernel + 0x200, 5, BlockEnd::kCall));
  Run(Make(kKernel + 0x500, 6, BlockEnd::kReturn));
  Run(Make(kKernel + 0x214, 1, BlockEnd::kReturn));
  Run(Make(kKernel + 0x110, 2, BlockEnd::kReturn));
  // An interrupt's allocations are the interrupt's.
  Run(Make(kKernel + 0x400, 7, BlockEnd::kCall, ProfileCode::kInterrupt));
  Run(Make(kKernel + 0x200, 5, BlockEnd::kReturn));
  Run(Make(kKernel + 0x41c, 1, BlockEnd::kTrapReturn));
  End();
  const ProfilePath path = Profile().jobs[0].path(Path::kFast);
  EXPECT_EQ(path.upkeep, 12u);
  EXPECT_EQ(path.interrupts, 13u);
  EXPECT_EQ(path.steady_of_ios,
            (std::map<uint64_t, uint64_t>{{path.work - 12, 1}}));
}

TEST_F(TrackerTest, UpkeepEndsWhereItsFunctionDoes) {
  tracker_.AddUpkeep(kKernel + 0x200, kKernel + 0x300);
  tracker_.AddUpkeep(kKernel + 0x500, kKernel + 0x600);
  for (const auto& [address, is] : {std::pair{0x1ffu, false},
                                    {0x200u, true},
                                    {0x2ffu, true},
                                    {0x300u, false},
                                    {0x500u, true},
                                    {0x600u, false}})
    EXPECT_EQ(tracker_.IsUpkeep(kKernel + address), is) << address;
  EXPECT_FALSE(tracker_.IsUpkeep(0x1000));
}

TEST_F(TrackerTest, TellsNothingOfNoIo) {
  Run(Make(0x1000, 5));
  EXPECT_THROW(Profile(), std::runtime_error);
}

}  // namespace
}  // namespace daxmend
