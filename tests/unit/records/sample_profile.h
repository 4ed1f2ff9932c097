// SPDX-License-Identifier: GPL-2.0-only
//
// A small profile for tests: one job of ten fast I/Os and one recovery.

#ifndef DAXMEND_TESTS_UNIT_RECORDS_SAMPLE_PROFILE_H_
#define DAXMEND_TESTS_UNIT_RECORDS_SAMPLE_PROFILE_H_

#include "records/profile_record.h"

namespace daxmend {

inline ProfileRecord SampleProfile() {
  ProfileRecord profile;
  profile.functions = {{"fio-daxmend.so", "daxmend::Job::Queue"},
                       {"kernel", "acpi_evaluate_dsm"},
                       {"kernel", "dax_iomap_rw"},
                       {"kernel", "kmem_cache_alloc"},
                       {"kernel", "tick<periodic>"}};
  ProfileJob job = {"job \"1\"", 1, {}};
  ProfilePath& fast = job.path(Path::kFast);
  fast.ios = 10;
  fast.work = 100;
  fast.interrupts = 4;
  fast.work_of_ios = {{9, 1}, {10, 8}, {11, 1}};
  fast.steady_of_ios = fast.work_of_ios;
  fast.stacks = {{{0}, 70}, {{0, 2}, 30}};
  fast.interrupt_stacks = {{{4}, 4}};
  ProfilePath& recovery = job.path(Path::kRecovery);
  recovery.ios = 1;
  recovery.work = 1000;
  recovery.others = 7;
  recovery.upkeep = 600;
  recovery.work_of_ios = {{1000, 1}};
  recovery.steady_of_ios = {{400, 1}};
  recovery.stacks = {
      {{0}, 100}, {{0, 1}, 300}, {{0, 1, 3}, 500}, {{0, 3}, 100}};
  recovery.other_stacks = {{{3}, 7}};
  profile.jobs.push_back(job);
  return profile;
}

}  // namespace daxmend

#endif  // DAXMEND_TESTS_UNIT_RECORDS_SAMPLE_PROFILE_H_
