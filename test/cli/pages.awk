# Copyright (c) 2026 the aemp authors. BSD-2-Clause, see LICENSE.
#
# pages.awk: the C++ in manual pages and README.md, as files to compile in the directory `out`.
#
#   .\" example: NAME         begins one, and `.\" example end` ends it. Its text are the lines of .Bd -literal blocks and, in their
#   .\"| LINE                 places, lines that the reader does not see.
#   .\" prints: LINE          what it prints, line by line; without any that is not looked at.
#   .\" example: NAME built   it is not run: it needs others to talk to.
#
# What has a main() is a program of its own, PAGE-NAME.cc; all else are bodies of functions in fragments.cc. A ```cpp block of
# README.md is an example, too. Prints the names of the programs, those that are only built with a + before them.
function bad(what) { print FILENAME ":" FNR ": " what >"/dev/stderr"; wrong = 1 }
function begin(name, rest) {
  if (on) bad("an example within an example")
  on = 1
  page = FILENAME
  sub(/.*\//, "", page)
  id = page "-" name
  gsub(/[^A-Za-z0-9-]/, "-", id)
  if (id in known) bad("two examples of this name")
  known[id] = 1
  text = includes_here = prints = ""
  only_built = rest == "built"
  if (rest != "" && !only_built) bad("expected .\\\" example: NAME [built]")
}
function take(line) {
  gsub(/\\e/, "\\", line)
  gsub(/\\&/, "", line)
  gsub(/\\-/, "-", line)
  if (line ~ /\\\(/) bad("an escape that pages.awk does not know")
  if (line ~ /^#include/) includes_here = includes_here line "\n"
  else text = text line "\n"
}
function end() {
  on = 0
  if (text == "") { bad("an empty example"); return }
  if (text ~ /int main\(/) {
    file = out "/" id ".cc"
    printf "%s%s", includes_here, text >file
    close(file)
    if (prints != "") { printf "%s", prints >(out "/" id ".prints"); close(out "/" id ".prints") }
    print (only_built ? "+" : "") id
    return
  }
  if (prints != "" || only_built) bad("only a program prints, and only a program can be just built")
  includes = includes includes_here
  name = id
  gsub(/[^A-Za-z0-9]/, "_", name)
  bodies = bodies "namespace example_" name " {\nstatic int run() {\n" text "return 0;\n}\n}\n"
  table = table "    {\"" id "\", example_" name "::run},\n"
}
/^\.\\" example: / { begin($3, $4); next }
/^\.\\" example end/ { if (on) end(); else bad("nothing to end"); next }
/^\.\\" prints: / { sub(/^\.\\" prints: /, ""); prints = prints $0 "\n"; next }
/^\.\\"\| / { sub(/^\.\\"\| /, ""); if (on) take($0); else bad("not in an example"); next }
/^\.Bd -literal/ { literal = on; next }
/^\.Ed/ { literal = 0; next }
/^```cpp$/ { begin("program" ++readme, ""); literal = 1; next }
/^```$/ { if (on) { literal = 0; end() } next }
literal { take($0) }
FNR == 1 && FILENAME != last { if (on) { bad("an example without an end before this page"); on = 0 } last = FILENAME }
END {
  if (on) bad("an example without an end")
  file = out "/fragments.cc"
  n = split("aemp/aemp.h chrono cstddef cstdint cstdio map memory optional span string string_view utility vector", standard, " ")
  for (i = 1; i <= n; ++i) printf "#include <%s>\n", standard[i] >file
  printf "%s\nusing namespace std::chrono_literals;\n%s", includes, bodies >file
  printf "int main(int argc, char** argv) {\n  const struct {\n    std::string_view name;\n    int (*run)();\n  } all[] = {\n%s  };\n", table >file
  print "  for (const auto& one : all) {" >file
  print "    if (argc == 1) std::puts(one.name.data());" >file
  print "    if (argc == 2 && one.name == argv[1]) return one.run();" >file
  print "  }\n  return argc == 1 ? 0 : 2;\n}" >file
  exit wrong
}
