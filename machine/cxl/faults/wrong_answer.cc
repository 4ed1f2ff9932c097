// SPDX-License-Identifier: GPL-2.0-only

#include "machine/cxl/faults/wrong_answer.h"

namespace daxmend {

const std::vector<WrongAnswer>& WrongAnswers() {
  static const std::vector<WrongAnswer> all = [] {
    std::vector<WrongAnswer> answers;
    for (const auto& some :
         {WrongFields(), WrongLogs(), WrongLabels(), WrongInjections(),
          WrongClears(), WrongLists(), WrongScans(), WrongEvents(),
          WrongFeatures(), WrongSettings()})
      answers.insert(answers.end(), some.begin(), some.end());
    return answers;
  }();
  return all;
}

}  // namespace daxmend
