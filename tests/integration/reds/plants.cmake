# plants.cmake - each of the 23 situations of docs/proof.md, "What happens to such systems", with its
# mend undone: red_plant(POINT NAME PROGRAM FILE TEST SAYS "text that is there" "text instead" ...) makes
# PROGRAM with that plant in it, in a directory of its own. TEST is the command that must fail by it, in
# which {bin} is the directory of the programs with that one among them and {tests} this folder's parent,
# and SAYS is a pattern of what it says. `reds` beside this file runs them.
set(RED_PLANTS "")
set(RED_SHORT cut_file_believed ready_file_left carriage_return_passed_over done_and_unsaid)
add_custom_target(reds)

function(red_row)
  list(JOIN ARGN "\t" row)
  set(RED_PLANTS "${RED_PLANTS}${row}\n" PARENT_SCOPE)
endfunction()

# With the point 0 the program alone is made; its file is RED_PROGRAM then.
function(red_plant point name program file test says)
  math(EXPR last "${ARGC} - 1")
  foreach(i RANGE 6 ${last}) # a semicolon in a text is not a list's
    string(REPLACE ";" "\\;" text "${ARGV${i}}")
    list(APPEND texts "${text}")
  endforeach()
  kopeck_plant(${name} ${file} ${texts})
  set(main ${CMAKE_SOURCE_DIR}/services/${program}/${program}_main.c)
  set(links ${program}_core process)
  set(called kopeck-${program})
  if(program STREQUAL kopeck)
    set(main ${CMAKE_SOURCE_DIR}/tools/kopeck/main.c)
    set(links kopeck_cli)
    set(called kopeck)
  endif()
  kopeck_plant_program(red_plant_${name} ${name} SOURCES ${main} LINKS ${links})
  target_compile_definitions(red_plant_${name} PRIVATE KOPECK_VERSION="${PROJECT_VERSION}" KOPECK_SANDBOX)
  set_target_properties(red_plant_${name} PROPERTIES OUTPUT_NAME ${called}
    RUNTIME_OUTPUT_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/plants/${name})
  if(NOT name IN_LIST RED_SHORT)
    set_target_properties(red_plant_${name} PROPERTIES EXCLUDE_FROM_ALL ON)
  endif()
  add_dependencies(reds red_plant_${name})
  set(RED_PROGRAM ${CMAKE_CURRENT_BINARY_DIR}/plants/${name}/${called})
  if(point)
    red_row(${point} ${name} ${file} ${RED_PROGRAM} "${test}" "${says}")
  endif()
  set(RED_PROGRAM ${RED_PROGRAM} PARENT_SCOPE)
  set(RED_PLANTS "${RED_PLANTS}" PARENT_SCOPE)
endfunction()

# --- A. histories and journals ---
red_plant(1 journal_made_unasked metering services/process/past.c
  "{tests}/test_unmounted.py {bin} an_empty_place_starts_nobody" "metering starts without a journal"
  [[journal_prepare(settings->journal, settings->create, ret_needs)]]
  [[journal_prepare(settings->journal, true, ret_needs)]]
  [[.create = settings->create}]] [[.create = true}]])
red_plant(1 new_history_accepted_at_a_start autopay services/node/node_start.c
  "{tests}/test_unmounted.py {bin} the_ledger_is_taken_for_a_new_one" "autopay stops: not within"
  [[        if (cursor)
            follower_accept]]
  [[        if (cursor && follower->mode != FOLLOWER_VIEW)
            follower_accept]])
red_plant(2 cut_file_believed ledger store/lmdb/journal_lmdb.c
  "{tests}/test_unmounted.py {bin} a_journal_that_was_cut_ends_nobody_by_a_signal" "ledger ends with -7"
  [[fail = lmdb_check_size(fd, self->page_bytes, info.me_last_pgno + 1)]] [[fail = FAIL_NONE]])
red_plant(3 file_size_not_asked ledger store/lmdb/journal_lmdb_env.c
  "{tests}/disk_full.py {bin} --trial file --process ledger" "VIOLATION file ledger: .*facts are refused"
  [[if (getrlimit(RLIMIT_FSIZE, &limit) ||]] [[if (true || getrlimit(RLIMIT_FSIZE, &limit) ||]]
  [[if (end <= self->held_bytes ||]] [[if (true ||]])
red_plant(4 reader_makes_a_lock kopeck store/lmdb/journal_lmdb.c
  "{tests}/test_unmounted.py {bin} what_belongs_to_another_is_named" "who reads leaves nothing"
  [["lock.mdb", O_RDWR | O_CLOEXEC)]] [["lock.mdb", O_RDWR | O_CREAT | O_CLOEXEC, 0600)]])
red_plant(4 refused_file_not_named metering store/lmdb/journal_lmdb.c
  "{tests}/test_unmounted.py {bin} what_belongs_to_another_is_named" "what it is is said"
  [[files[] = {LMDB_DATA, "lock.mdb"}]] [[files[] = {LMDB_DATA, LMDB_DATA}]])

# --- B. clocks ---
red_plant(5 absurd_clock_begins metering services/node/node_clock.c
  "{tests}/test_machine_clocks.py {bin} first" "it goes on by a clock of 2099"
  [[return now < NODE_CLOCK_LEAST || now >= NODE_CLOCK_MOST]] [[return now < NODE_CLOCK_LEAST]])
red_plant(5 stamps_ahead_unsaid metering services/node/node_clock.c
  "{tests}/test_machine_clocks.py {bin} first" "the stamps are told: not within"
  [[return ahead_us > 0 ? ahead_us : 0]] [[return 0 * ahead_us]])
red_plant(6 another_boot_believed autopay services/node/node_clock.c
  "{tests}/test_machine_clocks.py {bin} local_time" "the start is told: not within"
  [[    if (self->before.now)
        return true;
]] [[/**/]])
red_plant(7 sleep_unseen autopay services/process/clocks.c
  "{tests}/test_machine_clocks.py {bin} sleep" "the sleep is told: not within"
  [[read_clock(CLOCK_BOOTTIME)]] [[read_clock(CLOCK_MONOTONIC)]])
red_plant(0 leap_believed ledger services/node/node_clock.c "" "" # the soak's alone
  [[bool doubted = !self->driven && doubts]] [[bool doubted = self->driven && doubts]])

# --- C. peers, names, keys, doors ---
red_plant(8 doors_not_locked ledger services/process/claims.c
  "{tests}/test_places.py {bin} copied_configuration" "ledger does not end"
  [[item->lock = take_lock(lock)]] [[item->lock = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600)]])
red_plant(9 key_read_once ledger services/process/links.c
  "{tests}/test_places.py {bin} new_key" "ledger never says .*a peer has another key"
  [[if (found != PEER_KEY_OTHER)]] [[if (found != PEER_KEY_OTHER || link)]])
red_plant(9 key_that_does_not_fit_unsaid autopay services/process/patience.c
  "{tests}/test_places.py {bin} new_key" "autopay: wanted 75 .a peer is not reached with the keys"
  [[return self->turned_ms && now]] [[return !now && self->turned_ms && now]])
red_plant(10 names_file_of_the_start autopay services/process/security/sandbox.c
  "{tests}/test_places.py {bin} moved_peer" "autopay finds nobody"
  [[places[] = {"/etc", ]] [[places[] = {]])
red_plant(11 odd_file_ends_a_start ledger services/process/security/security.c
  "{tests}/test_places.py {bin} odd_certificates" "Violation: ledger: "
  [[        return all;]] [[        return all && !all->wrong;]])
red_plant(12 second_section_ignored ledger services/process/security/zpl.c
  "{tests}/test_places.py {bin} second_section" "ledger does not end"
  [[bool good = !before && note_lines]] [[bool good = note_lines]])

# --- D. life and death ---
red_plant(13 log_waited_for ledger services/process/log.c
  "{tests}/test_lights.py {bin} log" "ledger: no alarm LOG within"
  [[poll(&item, 1, 0) == 1 && (item.revents & POLLOUT)]] [[poll(&item, 1, 0) >= 0]]
  [[O_WRONLY | O_NONBLOCK | O_NOCTTY]] [[O_WRONLY | O_NOCTTY]])
red_plant(14 hangup_ends ledger services/process/signals.c
  "{tests}/test_lights.py {bin} hangup" "ledger (reads anew|lives)"
  [[told.ends |= info.ssi_signo != SIGHUP]] [[told.ends |= true]])
red_row(14 restart_on_failure services/payment/kopeck-payment.service -
  "{tests}/test_units.sh {build} s/^Restart=always/Restart=on-failure/"
  "kopeck-payment was not started again")
red_plant(15 ready_file_left ledger services/process/shell.c
  "{tests}/test_unmounted.py {bin} an_empty_place_starts_nobody" "the ready file of the life before is gone"
  [[ready_begin(self->settings.ready_file); // of a life]] [[// of a life]])
red_plant(16 few_descriptors_tried metering services/process/descriptors.c
  "{tests}/test_places.py {bin} few_descriptors" "metering with 8: "
  [[if (now.rlim_cur >= needed)]] [[if (now.rlim_cur >= needed || needed)]])
red_plant(17 copy_of_a_live_journal_unexplained kopeck tools/kopeck/verify_source.c
  "{tests}/test_unmounted.py {bin} a_copy_made_by_cp_says_what_to_do" "what to do is said"
  [[    if (fail == FAIL_CORRUPT)
        fputs(LIVE_COPY, stderr);
]] [[/**/]]
  [[    if (damaged)
        fputs(LIVE_COPY, stderr);
]] [[/**/]])
red_plant(17 moments_not_compared kopeck tools/kopeck/backup.c
  "{tests}/test_backup.py {bin}" "NOT everything holds"
  [[if (fail || moments_agree())]] [[if (fail || !moments_agree() || tries == 0)]])

# --- E. order, words, the command line ---
red_plant(18 word_heard_last_holds metering services/metering/metering_points.c
  "{tests}/test_order_and_words.py {bin} instants" "from 1: .*expected .'nachalny': 40"
  [[    if (known <= 0) // nothing]] [[    if (known != said)
        return true;
    if (known <= 0) // nothing]])
red_plant(19 any_bytes_stored metering proto/utf8.c
  "{tests}/test_order_and_words.py {bin} text" "a feed takes b"
  [[if (!size || is_control(text.data + i))
            return false;]] [[size += !size;]])
red_plant(19 any_bytes_sent kopeck proto/utf8.c
  "{tests}/test_order_and_words.py {bin} text" "exit status of tariff define"
  [[if (!size || is_control(text.data + i))
            return false;]] [[size += !size;]])
red_plant(20 carriage_return_passed_over kopeck tools/command_line/csv.c
  "{tests}/test_order_and_words.py {bin} lines" "a carriage return: expected 65, found 0"
  [[        if (c != '\n' && c != EOF)
            return refuse_line(self, "a carriage return inside a line");]]
  [[        while (c != '\n' && c != EOF)
            c = getc(self->file);]])
red_plant(21 empty_words_taken kopeck tools/kopeck/args.c
  "{tests}/test_order_and_words.py {bin} empty" "exit status of kopeck"
  [[    if (!*word)
        args_refuse]] [[    if (!word)
        args_refuse]])
red_plant(22 done_and_unsaid kopeck tools/kopeck/session.c
  "{tests}/test_order_and_words.py {bin} unwritable" "exit status of post-one: expected 71, found 74"
  [[return status ? status : EX_UNSAID]] [[return status ? status : EX_IOERR]]
  [[if (self->done[0])]] [[if (false)]])
red_plant(23 final_limit_said_to_pass metering services/metering/metering_decide_command.c
  "{tests}/test_order_and_words.py {bin} limit" "failure: expected 26, found 6"
  [[decision_refuse(out, FAIL_LIMIT, "there are 1024]] [[decision_refuse(out, FAIL_FULL, "there are 1024]])

# --- the light itself: each of these tests asks for it ---

# A light that is always green, by status or by ping, where it must be red or dark.
set(GREENS
  "1 test_unmounted.py {bin} an_empty_place_starts_nobody"
  "1 test_unmounted.py {bin} the_ledger_is_taken_for_a_new_one"
  "2 test_unmounted.py {bin} a_journal_that_was_cut_ends_nobody_by_a_signal"
  "3 disk_full.py {bin} --trial file --process ledger"
  "4 test_unmounted.py {bin} what_belongs_to_another_is_named"
  "5 test_machine_clocks.py {bin} first"
  "6 test_machine_clocks.py {bin} local_time"
  "7 test_machine_clocks.py {bin} sleep"
  "9 test_places.py {bin} new_key"
  "11 test_places.py {bin} odd_certificates"
  "12 test_places.py {bin} second_section"
  "13 test_lights.py {bin} log"
  "16 test_places.py {bin} few_descriptors"
  "17 test_unmounted.py {bin} a_copy_made_by_cp_says_what_to_do")
# One that is always red where nothing keeps a process from its job.
set(REDS
  "4 test_unmounted.py {bin} what_belongs_to_another_is_named"
  "8 test_places.py {bin} copied_configuration"
  "10 test_places.py {bin} moved_peer"
  "14 test_lights.py {bin} hangup"
  "17 test_backup.py {bin} 3"
  "18 test_order_and_words.py {bin} instants"
  "19 test_order_and_words.py {bin} text"
  "20 test_order_and_words.py {bin} lines"
  "21 test_order_and_words.py {bin} empty"
  "22 test_order_and_words.py {bin} unwritable"
  "23 test_order_and_words.py {bin} limit")
# A log that says nothing of it; which process's.
set(UNTOLD
  "1 autopay test_unmounted.py {bin} the_ledger_is_taken_for_a_new_one"
  "3 ledger disk_full.py {bin} --trial file --process ledger"
  "5 ledger test_machine_clocks.py {bin} first"
  "6 autopay test_machine_clocks.py {bin} local_time"
  "7 autopay test_machine_clocks.py {bin} sleep"
  "9 autopay test_places.py {bin} new_key"
  "11 ledger test_places.py {bin} odd_certificates"
  "13 ledger test_lights.py {bin} log")

macro(red_lights name file says tests) # of RED_PROGRAM
  foreach(line IN LISTS ${tests})
    string(REGEX MATCH "^([0-9]+) (.*)$" all "${line}")
    red_row(${CMAKE_MATCH_1} ${name} ${file} ${RED_PROGRAM} "{tests}/${CMAKE_MATCH_2}" "${says}")
  endforeach()
endmacro()

set(SAID "(Violation|FAILED|VIOLATION)[ :](?!.* does not start)")
red_plant(0 status_always_green kopeck tools/kopeck/command_status.c "" ""
  [[if (one != EX_OK && (status]] [[if (false && (status]])
red_lights(status_always_green tools/kopeck/command_status.c "${SAID}" GREENS)
red_plant(0 ping_always_green kopeck tools/kopeck/command_ping.c "" ""
  [[    return status;
}]] [[    return EX_OK;
}]])
red_lights(ping_always_green tools/kopeck/command_ping.c "${SAID}" GREENS)
red_plant(0 status_always_red kopeck tools/kopeck/command_status.c "" ""
  [[    return list.left ? EX_TEMPFAIL : EX_OK;]] [[    return EX_TEMPFAIL;]])
red_lights(status_always_red tools/kopeck/command_status.c "${SAID}" REDS)
red_plant(0 ping_always_red kopeck tools/kopeck/command_ping.c "" ""
  [[return answer.status.ready ? EX_OK : complain]] [[return complain]])
red_lights(ping_always_red tools/kopeck/command_ping.c "${SAID}" REDS)
foreach(service ledger autopay)
  red_plant(0 ${service}_logs_no_alarm ${service} services/process/light.c "" ""
    [[if (row->code == ALARM_OUTSIDE)]] [[if (row)]])
  set(of_service "${UNTOLD}")
  list(FILTER of_service INCLUDE REGEX "^[0-9]+ ${service} ")
  list(TRANSFORM of_service REPLACE " ${service} " " ")
  red_lights(${service}_logs_no_alarm services/process/light.c "${SAID}" of_service)
endforeach()
