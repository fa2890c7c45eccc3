#include "services/process/descriptors.h"
#include "services/process/security/security.h"
#include "tools/command_line/command_line.h"
#include "proto/service.h"
#include "tools/kopeck/command.h"
#include <fcntl.h>
#include <unistd.h>

const command_t commands[] = {
    {"balance", command_balance, "ACCOUNT [--as-of SEQUENCE|TIME] [--min-sequence N]",
     "An account's balance, now or in the past.\n"
     "  --as-of X          as of the ledger's sequence X, or as of an instant; a TIME without a "
     "zone\n"
     "                     is Moscow's\n"
     "  --min-sequence N   exit 75 unless the ledger has reached N\n"},
    {"statement", command_statement,
     "ACCOUNT [--from TIME] [--to TIME] [--sums] [--side credit|debit] [--oldest-first] [--limit "
     "N] "
     "[--all] [--no-usage]",
     "An account's postings, newest first, each with the balance after it; `lots` are the "
     "credits\n  that it took of, by sequence.\n"
     "  --from, --to       not before, and before; a TIME without a zone is Moscow's\n"
     "  --sums             all rows of the period, then its opening and closing balance and the "
     "sums\n"
     "                     of its credits and debits, cash and bonus apart. Exit 65 if they do not "
     "add\n"
     "                     up\n"
     "  --side SIDE        credit or debit: those rows alone; sums are of both. Also --credits, "
     "--debits\n"
     "  --oldest-first     in the order in which they were posted\n"
     "  --limit N          at most N rows, default 50, with --sums all; --all for every row\n"
     "  --no-usage         do not ask metering what a charge was for\n"},
    {"accounts", command_accounts, "[--below RUBLES] [--limit N]",
     "The customers' accounts with their balances, in the order in which they were opened.\n"
     "  --below RUBLES     those with less than this\n"},
    {"lots", command_lots, "ACCOUNT",
     "What is left of each of an account's credits, in the order in which it will be spent, and "
     "what\n  it owes; `number` is the sequence of the posting that it comes from.\n"},
    {"account", command_account,
     "ACCOUNT | close ACCOUNT [--yes] | reopen ACCOUNT | credit ACCOUNT RUBLES [--reason WORD] "
     "[--id UUID]",
     "Whether an account is open and what it has; close it at its customer's wish, and give back "
     "what\n  is left.\n"
     "  close              shows what would become of it; --yes does it: bonuses and autopay end, "
     "no\n"
     "                     top-up is made any more, the rest of each payment goes back to its "
     "card\n"
     "                     as `refund` does it, and what came otherwise is for people. Refused "
     "while\n"
     "                     something runs. Said again, it goes on where it was cut off\n"
     "  reopen             of one that is closed; what has ended stays so\n"
     "  credit             how far below zero it may go before it is exhausted; 0 for none. "
     "Another\n"
     "                     must agree\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"},
    {"totals", command_totals, "",
     "Balances of the system accounts, and the sum over all accounts.\n"},
    {"post", command_post, "FILE|- [--open] [--id UUID] [--refused FILE] [--producer N] [--atomic]",
     "Bulk postings from CSV or JSON lines, one result each.\n"
     "  CSV: a header naming debit,credit,amount,kind and maybe reference; amount in rubles,\n"
     "  or amount_kopecks; or all of it with semicolons and decimal commas, as Excel writes.\n"
     "  JSON lines: objects of these names, amount in kopecks. Accounts are UUIDs or system\n"
     "  accounts by title (revenue, bank, ...), kinds numbers or titles.\n"
     "  --open             accounts that the ledger does not know yet are meant, and opened\n"
     "  The id of the run is said before anything is posted, and at its end how much is durable,\n"
     "  also when it is cut off.\n"
     "  --id UUID          of an earlier run of the same rows: posts those that the ledger does "
     "not\n"
     "                     hold, whatever ran since; an id never stands for other rows\n"
     "  --refused FILE     writes refused rows there, to be mended and posted as a run of their "
     "own\n"
     "  --atomic           all or nothing: at most 8189 postings, one batch\n"
     "  --producer N       number of this poster, default 200; one run at a time each\n"},
    {"post-one", command_post_one,
     "DEBIT CREDIT RUBLES KIND [--open] [--reference UUID|--payment INVOICE] [--reason WORD] "
     "[--id UUID]",
     "One posting, as a command. Who sent it is stored with it: the name of the certificate.\n"
     "  Refunds, chargebacks and bonuses taken back are posted here alone, and refunds and "
     "bonuses\n"
     "  only as far as there is something.\n"
     "  --open             an account that the ledger does not know yet is meant, and opened\n"
     "  --payment INVOICE  what goes back is of that top-up: a promo code's bonus goes with it\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"},
    {"topup", command_topup, "ACCOUNT RUBLES [--autopay N] [--sum-max RUBLES] [--id UUID]",
     "Make an invoice for a card payment; prints its number and link.\n"
     "  RUBLES             whole rubles\n"
     "  --autopay N        with consent to at most N automatic payments a month\n"
     "  --sum-max RUBLES   and to at most this sum of them\n"},
    {"mandate", command_mandate,
     "ACCOUNT [revoke [--why WHO] | change --count N --sum RUBLES] [--id UUID]",
     "An account's consent to autopay: show it, revoke it, lower its limits.\n"
     "  --why WHO          customer, operator (default) or chargeback\n"},
    {"payment", command_payment,
     "INVOICE [resolve succeeded --amount RUBLES [--registry] | resolve declined] [--id UUID]",
     "A payment by its invoice number; resolve closes an open one by an operator's word.\n"},
    {"payments", command_payments, "ACCOUNT [--state WORD] [--limit N | --all]",
     "An account's payments, newest first: top-ups, also those that nobody paid, and automatic "
     "ones.\n"
     "  --state WORD       created, sent, pending, unknown, succeeded, declined, expired, "
     "mismatched\n"
     "  --limit N          at most N rows, default 50; --all for every row\n"},
    {"promo", command_promo,
     "ACCOUNT | list | create KIND VALUE [--cap RUBLES] [--topup-min RUBLES] [--budget RUBLES] "
     "[--in-all N] [--per-account N] [--starts TIME] [--ends TIME] [--first-topup] "
     "[--new-accounts] "
     "[--new-accounts-days N] [--bonus-days N] [--begins TIME] [--category WORD] [--reason WORD] "
     "| end CAMPAIGN | codes CAMPAIGN N | add CAMPAIGN FILE|- | apply ACCOUNT FILE|- [--id UUID]",
     "Promo codes: what an account has reserved; campaigns and their codes.\n"
     "  list               the campaigns, their terms, and how much of them is used and given\n"
     "  create KIND VALUE  a campaign, whose terms never change: gift RUBLES, at once; percent P "
     "of the\n"
     "                     next top-up, with --cap; fixed RUBLES with the next top-up; or welcome\n"
     "                     RUBLES, which each account that is opened from --starts on has by "
     "itself,\n"
     "                     without a code. What is not named has no limit. What it may give in "
     "all\n"
     "                     counts as moved by you: above one's limit, or without --budget and\n"
     "                     --in-all, another must approve it;\n"
     "                     with --bonus-days N each bonus ends N days after it was given\n"
     "  --begins TIME      its bonuses pay no hour that ended before; --bonus-days count from "
     "then on\n"
     "  --category WORD    its bonuses pay for compute, disk or models alone\n"
     "  --new-accounts     for accounts that were opened since the campaign's start, or not yet\n"
     "  --new-accounts-days N  for those opened N days ago at most, or not yet\n"
     "  end                no code of it is accepted any more; what is reserved is honoured\n"
     "  codes              makes N single-use codes and shows them, once\n"
     "  add                words, or codes made elsewhere, a line each; of a word 6 to 24 letters\n"
     "                     and digits\n"
     "  apply              enters the code in the file's first line for a customer; exit 65 if it "
     "is\n"
     "                     not accepted, whatever the reason\n"},
    {"bonus", command_bonus,
     "give ACCOUNT RUBLES [--until TIME] [--begins TIME] [--category WORD] [--open] | end ACCOUNT "
     "LOT "
     "[--reason WORD] [--id UUID]",
     "Give a customer a bonus, or end one before its time. `lots` shows what he has.\n"
     "  --until TIME       it pays the hours that end then or earlier; without a zone it is "
     "Moscow's\n"
     "  --begins TIME      it pays the hours that end later: until then it stands apart\n"
     "  --category WORD    it pays for compute, disk or models alone, and stands apart\n"
     "  --open             an account that the ledger does not know yet is meant, and opened\n"
     "  end                takes back what is left of the bonus that `lots` numbers so\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"},
    {"grant", command_grant,
     "ACCOUNT MONTH --up MINUTES [--of MINUTES] | --data-lost [--resource UUID]... [--yes] "
     "[--reason WORD] [--id UUID]",
     "Give a customer the bonus for a month's service level that was missed, as 2026-08.\n"
     "  Usage and what was paid in are summed from the journals: 20 % of the usage below 99.5 %,\n"
     "  50 % where data was lost, at most what was paid in before the month. Shown first; once "
     "for\n"
     "  an account and month, and above one's limit another must approve it.\n"
     "  --up MINUTES       in which the affected resources were up, of all (--of), which are the\n"
     "                     month's where nothing is said\n"
     "  --data-lost        data was lost\n"
     "  --resource UUID    was affected; repeat it for up to 32. None: whatever the account used\n"
     "  --yes              gives it\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"},
    {"refund", command_refund,
     "PAYMENT [--amount RUBLES] [--reason WORD] | cancel REFUND | resolve done|failed REFUND "
     "--amount RUBLES [--id UUID]",
     "Give a payment back to its payer through Robokassa, or a part of it.\n"
     "  The ledger holds the sum first, of what that payment has left; then it is sent, once.\n"
     "  --amount RUBLES    less than all of it, where the shop refunds parts\n"
     "  cancel             before it was sent\n"
     "  resolve            of one that is unknown, what Robokassa's cabinet shows; with its "
     "amount\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"},
    {"refunds", command_refunds, "[--payment INVOICE] [--open | --state WORD] [--limit N]",
     "Refunds, newest first: how far each is, and what Robokassa calls it.\n"
     "  --payment INVOICE  those of one payment\n"
     "  --open             those that are not over\n"
     "  --state WORD       requested, approved, left, sent, done, canceled, failed, unknown\n"
     "  --limit N          at most N rows, default 50\n"},
    {"dispute", command_dispute,
     "PAYMENT --amount RUBLES [--id UUID] | won PAYMENT --amount RUBLES [--id UUID] | "
     "evidence PAYMENT FILE [--offline] [--PROCESS DIR ...]",
     "The payer's bank took a payment back: post it, and what may be shown to that bank.\n"
     "  The chargeback names its payment: a promo code's bonus goes with it. Autopay is revoked.\n"
     "  won                it came again: posted back, and that bonus with it\n"
     "  evidence           writes one file of JSON: the consent, autopay's decision, the hours "
     "that "
     "the\n"
     "                     payment paid for with their minutes, what went back, a text for people, "
     "and\n"
     "                     the roots of the journals. It is never written over (exit 73)\n"
     "  --offline          from the journals on this disk, or from those that are named; one that "
     "is\n"
     "                     not there is left out, but payment's\n"},
    {"receipt", command_receipt,
     "again|settled PAYMENT first|second | regime DAY SYSTEM VAT | regimes [--reason WORD] "
     "[--id UUID]",
     "See to a fiscal receipt, or say what receipts say of taxes from a day on.\n"
     "  again              of one that is missing: it is sent, or asked about, for another day\n"
     "  settled            of one that is missing or for people: they have made it elsewhere\n"
     "  regime             from a day after today on, in Moscow; the first one from any. SYSTEM "
     "is\n"
     "                     own, osn, usn_income, usn_income_outcome, esn or patent; VAT is full,\n"
     "                     none, vat5 or vat7\n"
     "  regimes            all that was said of it\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"},
    {"receipts", command_receipts, "[--payment INVOICE] [--open | --state WORD] [--limit N]",
     "Fiscal receipts of payments by card, newest first: the first one, and the second, which is\n"
     "  due once nothing of the payment's lot is left.\n"
     "  --payment INVOICE  those of one payment\n"
     "  --open             those that are not registered, and are to be\n"
     "  --state WORD       open, due, waiting, failed, registered, missing, people, none, settled\n"
     "  --limit N          at most N rows, default 50\n"},
    {"autopay", command_autopay, "ACCOUNT [hold|release|resume] [--id UUID]",
     "An account's autopay: counters and the verdict if it were judged now.\n"},
    {"notices", command_notices, "ACCOUNT [history [--limit N]]",
     "Where an account is on the ladder from a full purse to deletion, and what comes next.\n"
     "  history            the steps that were said of it, newest first\n"
     "  --limit N          at most N rows, default 50\n"},
    {"contact", command_contact,
     "set ACCOUNT email|webhook FILE|- [--only WORDS] [--language WORD] [--reason WORD] | show "
     "ACCOUNT | confirm ACCOUNT FILE|- | choose ACCOUNT email|webhook [--only WORDS] "
     "[--language WORD] [--reason WORD] | told ACCOUNT | erase ACCOUNT [--reason WORD] [--id "
     "UUID]",
     "By which webhook or e-mail address an account is told.\n"
     "  set                the file's first line is the address; a webhook's second one its key,\n"
     "                     whsec_..., or one is made and shown, once. The key before signs too "
     "for\n"
     "                     a day. To an e-mail address a code is sent\n"
     "  --only WORDS       of what, parted by commas: steps of the ladder (back, low, early, "
     "late,\n"
     "                     exhausted, grace, stopped, frozen, deletable), mandate-given,\n"
     "                     mandate-revoked, payment-announced, autopay-paid, autopay-declined,\n"
     "                     autopay-suspended; of all. Who is told anything is told of payments "
     "that\n"
     "                     are announced\n"
     "  --language WORD    russian (default), english\n"
     "  confirm            the file's first line is the code that came to the address\n"
     "  choose             of what a contact is told from now on, which stays as it is\n"
     "  told               the last eight notices and what became of each by each contact\n"
     "  erase              destroys the addresses and the key that opens them\n"},
    {"outbox", command_outbox, "",
     "Notices that no contact has taken yet: how often each was tried, and when it is again.\n"},
    {"proposals", command_proposals, "[PROCESS] [--all]",
     "Commands that wait for a second person to agree: what each would do, who sent it, until "
     "when.\n"
     "  --all              those too of which something became\n"},
    {"approve", command_approve, "PROCESS COMMAND [--id UUID]",
     "Agree to what another proposed, by the id of his command: it is carried out.\n"
     "  Nobody approves what he proposed himself; a proposal lapses after 72 hours.\n"},
    {"reject", command_reject, "PROCESS COMMAND [--id UUID]",
     "Reject what another proposed, or withdraw one's own proposal.\n"},
    {"limits", command_limits, "PROCESS --alone RUBLES --day RUBLES [--rules one|two] [--id UUID]",
     "Propose what one person may move alone in a process: at once, and in a day of Moscow.\n"
     "  Another must approve it. `policy show` says what holds.\n"
     "  --rules two        prices, policies of metering and autopay, and which history is "
     "followed\n"
     "                     are changed by two as well; one, where nothing is said, changes them\n"
     "                     alone\n"},
    {"explain", command_explain,
     "SEQUENCE | ACCOUNT | PROCESS SEQUENCE [--history] [--offline] [--PROCESS DIR]...",
     "Where an event of a process comes from: what caused it, what that came from, and of a\n"
     "  debit the lots that it took; a line's minutes, price and carries are calculated anew.\n"
     "  Exit 1 if something does not follow. --offline reads the journals' directories of the\n"
     "  config, or those named here. Without a process, a decision of autopay in words,\n"
     "  from the inputs stored with it; with an account, its last decision.\n"
     "  --history          of a payment, a receipt or a refund also what payment's journal says "
     "of\n"
     "                     the same payment before; it is read from its first event\n"},
    {"why-not", command_why_not, "ACCOUNT TIME [--offline] [--autopay DIR]",
     "Why autopay did not charge an account at an instant; without a zone it is Moscow's.\n"
     "  Finds the decision in force then and makes it again from its stored inputs.\n"
     "  --offline          from the journal's directory of the config, or from the one named "
     "here\n"},
    {"rate", command_rate,
     "list | define KIND CODE TITLE RUBLES --effective TIME [--included MIB] [--id UUID]",
     "Prices of files beyond a tariff's quota (kind 3: a GiB and 720 hours; CODE is the tariff's) "
     "and "
     "of models' tokens (4 what requests bring, 5 answers: a million); or a new version of one."},
    {"tariff", command_tariff,
     "list | define CODE TITLE RUBLES --effective TIME | withdraw VERSION [--id UUID]",
     "Tariffs: every version there is, or a new one; RUBLES for 720 hours of a replica.\n"
     "  --effective TIME   from when on; without a zone it is Moscow's. A price that rises needs "
     "the\n"
     "                     notice that metering's policy says\n"
     "  withdraw           a version, of a rate too, that begins later than an hour from now never "
     "will\n"},
    {"meters", command_meters, "ACCOUNT [--coming]",
     "An account's open meters, what runs, and what it burns a minute, in 1/27648000000 kopeck.\n"
     "  --coming           prices of what runs now that are going to change\n"},
    {"forecast", command_forecast, "ACCOUNT",
     "What becomes of a balance in 90 days if all that runs now runs on and each automatic\n"
     "  payment succeeds at once: until when it lasts, when the next payment comes, when a\n"
     "  limit keeps one back, and when the money is used up.\n"},
    {"minutes", command_minutes, "ACCOUNT RESOURCE TIME [--offline] [--metering DIR]",
     "An hour of a resource: which minutes each replica is billed for, under which tariff, which "
     "wait;\n"
     "  and the lines that charged them, with the carry before and after each and what was given "
     "back.\n"
     "  TIME               an instant of the hour; without a zone it is Moscow's\n"
     "  Of the last 80 closed hours metering tells; older ones are in its journal:\n"
     "  --offline          from the journal's directory of the config; or --metering DIR, without "
     "any\n"
     "  Carries and costs are in units of 1/27648000000 kopeck.\n"},
    {"losses", command_losses, "",
     "The loss account: minutes that came too late to be billed, and what they would have cost.\n"
     "  Each of them is a usage.expired of metering's journal.\n"},
    {"producer", command_producer, "retire NUMBER [--id UUID]",
     "Wait no more for a producer of usage that is gone for good, until it speaks again.\n"
     "  Delete first what it left running: the others vouch for that now.\n"},
    {"quotas", command_quotas, "[producers | set [--NAME N]... [--reason WORD]] [--id UUID]",
     "What one producer's owner or one account may take at most; how much producers have taken.\n"
     "  set                changes those that are named: --replicas, --account-replicas, "
     "--meters,\n"
     "                     --meters-hour, --accounts-hour, --bytes-hour, --refusals-hour,\n"
     "                     --wait-minutes\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"},
    {"policy", command_policy, "show [PROCESS] | set PROCESS NAME=VALUE... [--id UUID]",
     "The rules that processes decide by: those in force, since when and by whom; or new ones.\n"
     "  show               each with what a new journal begins with; and what one person may do "
     "alone,\n"
     "                     which `limits` changes\n"
     "  set                from now on, of ledger, metering, autopay or notify; what is not named "
     "stays.\n"
     "                     Names are those that show has; rubles, and spans as settle-seconds=90,\n"
     "                     settle-minutes=2 or late-hours=72. Prints what was before and is now\n"},
    {"resource", command_resource, "RESOURCE [move PRODUCER [--reason WORD]] [--id UUID]",
     "Whose a resource is and who pays for it; or give it to another owner.\n"
     "  move PRODUCER      only that producer's items for it, and those of producers that share "
     "its\n"
     "                     owner, are taken from then on\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"},
    {"invoice", command_invoice,
     "company ACCOUNT [--inn N --kpp N --name TEXT] | issue ACCOUNT RUBLES |\n"
     "              list ACCOUNT [--limit N | --all] | find INN [--id UUID]",
     "Invoices that a company pays by transfer: the account's company, a new one, all of them.\n"
     "  company            show it, or register it: a legal entity's INN, KPP and name\n"
     "  issue              a number of 11 digits, to stand in the transfer's purpose\n"
     "  find               the accounts for which it pays\n"
     "  --limit N          at most N rows, default 50; --all for every row\n"},
    {"act", command_act,
     "issue QUARTER [ACCOUNT] | advances [--today TIME] |\n"
     "              due [--today TIME] [--after-days N] | list ACCOUNT [--limit N | --all] |\n"
     "              show NUMBER | check NUMBER|--all |\n"
     "              numbers [--invoice N] [--act N] [--shipment N] [--reason WORD] [--id UUID]\n"
     "              [--offline] [--documents DIR --metering DIR --ledger DIR]",
     "Acts of companies' quarters, and advance invoices of what they paid, from the journals.\n"
     "  issue              an act of what each company, or that one, was charged up to the end of\n"
     "                     a QUARTER as 2026-Q2; late usage stands in the next one\n"
     "  advances           an advance invoice of all money that has none on its last day\n"
     "  due                both: advances, and acts of the last quarter that was over N days ago,\n"
     "                     by default 5; a job for each day\n"
     "  show               an act by its number, as A26-000123\n"
     "  check              make it, or --all there are, anew from all three journals; exit 0 only\n"
     "                     if each is the same, byte for byte\n"
     "  numbers            after an older journal of documents was put back: the last numbers "
     "that\n"
     "                     may have been given; without them no paper is issued\n"
     "  --invoice N        of invoices for transfers, 11 digits; --act N as A26-000123; --shipment "
     "N\n"
     "                     of advance and shipment invoices, as 26000019; none: as documents "
     "knows\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"
     "  --limit N          at most N rows, default 50; --all for every row\n"
     "  --today TIME       as of then; by default now\n"
     "  --offline          from the journals' directories of the config; or from those named\n"
     "                     here, without any config\n"},
    {"documents", command_documents,
     "get NUMBER --output FILE | upd NUMBER --buyer-id ID --output FILE",
     "An invoice, by its 11 digits, or an act, as A26-000123, as a PDF; or an act as XML.\n"
     "  The first one is noted with its hash; a later one must be the same, byte for byte.\n"
     "  upd                an act as УПД 5.03, unsigned, for your operator of electronic "
     "documents\n"
     "  --buyer-id ID      the buyer's, with such an operator\n"
     "  --output FILE      must not be there\n"
     "  A paper is kept in papers/directory of the configuration, and given out from there again.\n"
     "  The configuration says who the seller is: seller/name, inn, kpp, address, account, bank,\n"
     "  bic, correspondent; for XML edi_id, signer_position, signer_surname, signer_name and\n"
     "  signer_patronymic.\n"},
    {"bank", command_bank,
     "read|import FILE... [--own-account N]... [--books FILE] [--without-totals]\n"
     "              [--today DATE] | suspense | show SEQUENCE |\n"
     "              assign SEQUENCE ACCOUNT|--nobody [--invoice N] [--reason WORD] [--id UUID] |\n"
     "              settle SEQUENCE [--fee RUBLES] [--reason WORD] [--id UUID]",
     "Bank statements: 1CClientBankExchange or CSV. `read` shows what would become of one.\n"
     "  Several files are read one after another, as if each was imported before the next. A file\n"
     "  is taken or refused whole, with the rule's name. `-` is standard input.\n"
     "  import             send what came in to documents, once however often it is sent; wants\n"
     "                     the certificate of an importer\n"
     "  suspense           what came and is nobody's yet\n"
     "  show               who paid it and what he wrote, while it is in suspense\n"
     "  assign             say whose it is, or --nobody's: it goes back to the bank's side. "
     "Another\n"
     "                     must agree. --invoice N is paid by it\n"
     "  settle             it is what Robokassa paid out, and --fee is what it kept before: both\n"
     "                     leave clearing. Another must agree\n"
     "  --own-account N    ours, once for each, or parted by commas; else those the file is about\n"
     "  --books FILE       own accounts and invoices, tab-separated: what, number, INN, BIC or "
     "name,\n"
     "                     kopecks; what is `own account` or `invoice`\n"
     "  --without-totals   your word for documents that no totals of the file cover\n"
     "  --today DATE       days before it are over, where a file does not say when it was made\n"
     "  --reason WORD      why: mistake, goodwill, dispute, migration, test, other; stored too\n"},
    {"reconcile", command_reconcile,
     "registry FILE... [--day DAY] [--commission PERCENT] [--paid-out] [--resolve]\n"
     "              [--offline] [--payment DIR] [--ledger DIR]",
     "Robokassa's registry of a day, as CSV, against payment's and the ledger's journals.\n"
     "  Each difference has a name, its line, number and sums; exit 1 if there is one. Several\n"
     "  files are compared together. A file is taken whole or refused whole (exit 65), by line\n"
     "  and column. `-` is standard input.\n"
     "  --day DAY          that day alone; else from the first row's to the last row's\n"
     "  --commission N     percent of a payment that was agreed; a row with another one is named\n"
     "  --paid-out         all of these days is paid out: set the bank's transfers (bank settle)\n"
     "                     against them; clearing is to be nought\n"
     "  --resolve          what is paid there and open here is credited by the registry's word;\n"
     "                     above one's limits another must agree\n"
     "  --offline          from the journals' directories of the config, or from those named "
     "here;\n"
     "                     without the ledger's it alone is not compared\n"},
    {"tail", command_tail, "STREAM [--from SEQUENCE] [--count N] [--type NAME]",
     "Follow a stream as it grows, without a gap; from the next event on, or from SEQUENCE.\n"},
    {"events", command_events, "STREAM [--from SEQUENCE] [--to SEQUENCE] [--type NAME]",
     "Replay a stream.\n"},
    {"verify", command_verify,
     "[--offline] [--PROCESS DIR]... [--settled] [--since ROOT]... | --snapshots DIR",
     "Recompute everything from the journals; exit 0 only if all of it holds.\n"
     "  Live through the replay doors; --offline from the journals' directories of the config;\n"
     "  or from those named here (--ledger DIR), without any config. What is not named is left "
     "out.\n"
     "  --settled          nothing may be under way: unposted charges, open requests are errors\n"
     "  --since ROOT       a root that verify or status printed once, and somebody kept:\n"
     "                     that journal must still begin with the same events\n"
     "  --snapshots DIR    instead: the newest snapshot of each process whose kopeck-NAME.cfg is\n"
     "                     in DIR is held against its journal, by its own program, also while it "
     "runs\n"},
    {"export", command_export,
     "books DIR | postings FILE|- [--format csv|excel|jsonl] [--account ACCOUNT]\n"
     "              [--from TIME] [--to TIME] [--offline] [--ledger DIR] [--metering DIR]",
     "The ledger for an accountant's programs.\n"
     "  books DIR          plain-text accounting for hledger and ledger: a file a month, and\n"
     "                     main.journal, which includes them; DIR must not be there\n"
     "  postings FILE      a row a posting; - for standard output; FILE must not be there\n"
     "  --format F         csv (default); excel: as a Russian Excel opens it; jsonl: JSON Lines\n"
     "  --account ACCOUNT  the postings of one account alone\n"
     "  --from, --to       not before, and before; a TIME without a zone is Moscow's\n"
     "  Live through the replay doors; --offline from the journals' directories of the config;\n"
     "  or from those named here (--ledger DIR), without any config. Metering's journal says what\n"
     "  usage was for. The ledger's is checked up to its root on the way.\n"},
    {"backup", command_backup, "DIR [--PROCESS JOURNAL]... [--since EARLIER]",
     "Copy the journals of processes that run, as of one moment, and check the copies.\n"
     "  All that the config names, or those named here (--ledger JOURNAL), without any config.\n"
     "  DIR must not be there; it has its name once all is copied, checked and durable.\n"
     "  --since EARLIER    links sealed segments of an earlier backup on the same disk\n"},
    {"init", command_init, "FILE... [--user NAME]",
     "Make new journals, for processes that never had one, at the places that their config files "
     "name.\n"
     "  A process makes none by itself: where there was one yesterday, a volume is not mounted.\n"
     "  --user NAME        whose they are to be; by default whose the directory is, or the one "
     "that\n"
     "                     it is in\n"},
    {"restore", command_restore, "BACKUP --PROCESS DIR...",
     "Put journals of a backup back into empty directories (--ledger DIR), and say what must "
     "follow.\n"
     "  Checks all of them first. docs/operations.md leads through it.\n"},
    {"status", command_status, "[PROCESS] [--counters | --alarms | --roots] [--wait SECONDS]",
     "How the processes are: whether each can do its whole job, and why not; histories, heads, "
     "what\n"
     "  they follow and how far behind. --alarms lists what keeps them from it, since when; "
     "--roots\n"
     "  what the journals come to, for verify; --wait gives them time for their job. Ends\n"
     "  with 0 if all can do all, 75 if one cannot, 69 if one does not answer.\n"},
    {"reseed", command_reseed, "PROCESS STREAM [--yes] [--sequence N | --at-most N] [--id UUID]",
     "Let a process accept another history of a stream it follows.\n"
     "  Shows what will be accepted; --yes does it. --sequence N counts N events as applied,\n"
     "  default all there are; --at-most N as many as it has applied, but no more than N: the "
     "last\n"
     "  event of a restored journal.\n"},
    {"clock", command_clock, "confirm PROCESS [--id UUID]",
     "Confirm a process's clock after a jump; judgements go on.\n"},
    {"keys", command_keys,
     "make ours|NAME:ROLE[:PRODUCERS[:OWNER]]... --public DIR --secret DIR | check DIR",
     "Make certificates, or check a directory of them.\n"
     "  Roles:"
#define HOLDER(name, ...) " " #name
#include "proto/services.def"
     "\n"
     "  ours: one of each process of Kopeck, with the role of its name\n"
     "  PRODUCERS: who pushes a feed may do so as this number, or these: 100, 200-299\n"
     "  OWNER: for whom; producers of one owner act for each other\n"},
    {"api", command_api,
     "key NAME --scopes WORDS --file FILE [--producers N] [--rate N] [--until TIME]",
     "Make a key of /api/v1 and show it, once; the file of keys gets its hash, and kopeck-api "
     "reads "
     "it at a SIGHUP.\n"
     "  --scopes WORDS     some of read, pay, usage, events: \"read pay\"\n"
     "  --producers N      of usage: as whom it may send, 100, 100-199\n"
     "  --rate N           requests a second, default 50\n"
     "  --until TIME       from then on it is good for nothing\n"},
    {"ping", command_ping, "FILE",
     "Can the process with this config file do its whole job? For health checks: 0 yes; 75 no, "
     "and\n"
     "  what keeps it is said; 69 it does not answer.\n"},
    {NULL, NULL, NULL, NULL}};

static int help(FILE *out)
{
    fputs("usage: kopeck [--config FILE] [--json] COMMAND ...\n\n", out);
    for (const command_t *c = commands; c->name; c++) {
        size_t line = strcspn(c->help, "\n");
        fprintf(out, "  %-10s %.*s\n", c->name, (int)line, c->help);
    }
    fputs(
        "\nkopeck COMMAND --help tells more of one.\n"
        "The config file is --config, $KOPECK_CONFIG or ~/.config/kopeck.cfg.\n"
        "TIME: a date, or a date and a time: 2026-01-31, 2026-01-31T12:00, 2026-01-31T12:00:00Z.\n"
        "Without a zone it is Moscow's, and a date is the first instant of Moscow's day. Tables "
        "and\n"
        "texts show Moscow's time.\n"
        "--json: answers as JSON, money in kopecks, times in microseconds since 1970 (UTC).\n"
        "Exit status: 0 done, 64 wrong command line, 65 refused, 66 no such thing, 69 no answer,\n"
        "71 done, but the output could not be written (stderr says what was done),\n"
        "73 it is there already, 74 the store failed, 75 try again later, 77 not allowed, 78 wrong "
        "configuration;\n"
        "verify, reconcile: 1 if something does not hold.\n",
        out);
    return out == stdout ? EX_OK : EX_USAGE;
}

bool command_take_journals(args_t *args, const char *directories[OPTIONS_STREAMS])
{
    bool named = false;
    for (stream_t stream = STREAM_FIRST; stream < OPTIONS_STREAMS; stream++) {
        const char *directory = args_option(args, service_stream_name(stream));
        named |= directory != NULL;
        directories[stream] = directory ? directory : "";
    }
    return named;
}

bool command_default_journals(session_t *session, const char *directories[OPTIONS_STREAMS],
                              int *ret_status)
{
    const options_t *options = session_options(session, ret_status);
    for (stream_t stream = STREAM_FIRST; options && stream < OPTIONS_STREAMS; stream++)
        directories[stream] = options->processes[stream].journal;
    return options != NULL;
}

bool command_ready(args_t *args)
{
    if (args_check(args))
        return true;
    fprintf(stderr, "kopeck: %s\n", args->error);
    return false;
}

static const command_t *find_command(const char *name)
{
    for (const command_t *c = commands; c->name; c++)
        if (strcmp(c->name, name) == 0)
            return c;
    return NULL;
}

// A socket or a journal's file must not get the number of a stream that the caller closed: what is
// printed would go into it. Reading ends make every write fail, which is said at the end.
static void hold_streams(void)
{
    for (int fd; (fd = open("/dev/null", O_RDONLY)) >= 0;)
        if (fd > STDERR_FILENO) {
            (void)close(fd);
            return;
        }
}

int main(int argc, char **argv)
{
    hold_streams();
    command_line_version(argc, argv);
    security_prepare();
    static args_t args;
    args_init(&args, argc - 1, argv + 1);
    session_t session = {.config_file = args_option(&args, "config")};
    session.json = args_flag(&args, "json");
    bool wants_help = args_flag(&args, "help");
    const char *name = args_operand_maybe(&args, "command");
    if (!name || strcmp(name, "help") == 0)
        return help(wants_help || name ? stdout : stderr);
    const command_t *command = find_command(name);
    if (!command) {
        fprintf(stderr, "kopeck: there is no command \"%s\"; see kopeck --help\n", name);
        return EX_USAGE;
    }
    if (wants_help) {
        printf("usage: kopeck %s %s\n\n%s", command->name, command->operands, command->help);
        return EX_OK;
    }
    char error[256];
    if (!descriptors_suffice(DESCRIPTORS_OF_A_CLIENT, error, sizeof error)) {
        fprintf(stderr, "kopeck: %s\n", error);
        return EX_CONFIG;
    }
    int status = session_end(&session, command->run(&session, &args));
    session_close(&session);
    return status;
}
