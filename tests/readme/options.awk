# SPDX-License-Identifier: GPL-2.0-only
#
# Of code.awk's lines, what they say that daxmend can do. Variables: HELP, a file
# with lines SUBCOMMAND OPTION and SUBCOMMAND alone (history add is "history/add",
# daxmend itself "-"). Prints a line for each subcommand or option that is not in
# it, and the number of those looked up to the file COUNT.
BEGIN {
  FS = "\t"
  while ((getline line < HELP) > 0) {
    n = split(line, parts, " ")
    is_command[parts[1]] = 1
    if (n > 1) {
      has[parts[1], parts[2]] = 1
      anywhere[parts[2]] = 1
    }
  }
  # What stands alone and is another program's: ndctl inject-error; tests/mutants/run.sh.
  split("--status --uninject --jobs --print", parts, " ")
  for (i in parts) anywhere[parts[i]] = 1
}
function complain(what) { print $1 ": " what ": " $2 }
function check_option(command, word) {
  sub(/=.*/, "", word)
  gsub(/[^-a-z0-9]/, "", word)
  ++looked_up
  if (!((command, word) in has))
    complain("daxmend " (command == "-" ? "" : command " ") "has no option " word)
}
{
  n = split($2, words, " ")
  command = ""
  # `--force`, `inject --via NAME`: without the program's name.
  if (words[1] ~ /^--[a-z]/) {
    word = words[1]
    sub(/=.*/, "", word)
    ++looked_up
    if (!(word in anywhere)) complain("no subcommand of daxmend has the option " word)
  }
  if (words[1] in is_command && words[2] ~ /^--[a-z]/) command = words[1]
  for (i = 1; i <= n; ++i) {
    word = words[i]
    if (word == "#" && command == "") break
    if (word ~ /^(.*\/)?daxmend[);]?$/ && word !~ /^[~$]|^\/(usr|var)\//) {
      command = "-"
    } else if (word ~ /^(\||\|\||;|&|&&|\\)$/ || word == "--") {
      command = ""
    } else if (command == "" ) {
      continue
    } else if (word ~ /^\[?--[a-z]/) {
      check_option(command, word)
    } else if (command == "-" && word ~ /^[a-z]+[);,:.]?$/) {
      gsub(/[^a-z]/, "", word)
      ++looked_up
      if (word in is_command) command = word
      else { complain("daxmend has no subcommand " word); command = "" }
    } else if ((command "/" word) in is_command) {
      command = command "/" word
    }
    if (word ~ /[);]$/) command = ""
  }
}
END { print looked_up + 0 > COUNT }
