/* cursor - how a process follows the stream of another: publications that get lost, a replay door
 * that is asked, a cursor with the hash of the event it stands on, both sides dying at any step, and
 * a producer whose journal is replaced by an older copy and goes on from there.
 *
 * An event is a number of its own (its leaf hash); `before` is the event it was appended behind.
 *
 * Checked in every state: the follower takes only what was durable at its producer, each exactly
 * once, and each behind the one that it was written behind: what it took in is a prefix of one
 * history. Checked where nothing can move any more: the follower has all of the producer's history,
 * or has seen that it is another one and says so.
 *
 * Assumed: no two writers of a journal have the same term, also across a restored copy.
 *
 * Plants, of which each must be found: PLANT_CURSOR_WITHOUT_HASH, PLANT_CURSOR_APART,
 * PLANT_PUBLISHED_EARLY, PLANT_TERM_REPEATED, PLANT_GAP_TAKEN, PLANT_ANY_TERM, PLANT_OLD_ANSWER_VOUCHES,
 * PLANT_NEVER_ASKED.
 * Source: services/node/follower.c, node_streams.c, reader.c. */

#ifndef EVENTS
#define EVENTS 3
#endif
#ifndef DEATHS
#define DEATHS 1 /* of each side */
#endif
#define BORN_MAX (2 * EVENTS + 2)

/* Durable: the producer's journal, and the copy of it. journal[0] stands for "nothing yet". */
byte journal[EVENTS + 1];
byte last = 0;
byte term = 1;
byte copy[EVENTS + 1];
byte copy_last = 0, copy_term = 0;
bool copied = false, restored = false;

/* Durable: the follower's cursor, and how often it took each event in. */
byte cursor = 0, leaf = 0;
byte taken[BORN_MAX];

/* What there is to know of events: who was written behind whom, and durably. */
byte before[BORN_MAX];
bool durable[BORN_MAX];
byte born = 0;
byte terms = 1;

chan published = [2] of { byte, byte, byte }; /* term, sequence, event */
chan question = [1] of { byte, byte };        /* sequence, event that the follower stands on */
chan answer = [1] of { byte, bool, byte, byte }; /* term, the same history?, sequence, event or 0 */

byte producer_deaths = 0, follower_deaths = 0;
bool calm = false;
bool trouble = false; /* the follower has met another history */

#define APPEND_MAX (BORN_MAX - 1)

inline append()
{
    last++;
    journal[last] = event;
    before[event] = journal[last - 1];
    durable[event] = true
}

inline publish()
{
    if
    :: nfull(published) -> published!term, last, event
    :: true /* lost */
    fi
}

active proctype producer()
{
    byte event, at;
    goto serve;
start:
    atomic {
#ifdef PLANT_TERM_REPEATED
        term++;
#else
        terms++;
        term = terms;
#endif
    }
serve:
end_serve:
    do
    :: last < EVENTS && born < APPEND_MAX ->
        atomic { born++; event = born };
#ifdef PLANT_PUBLISHED_EARLY
        if
        :: nfull(published) -> published!term, last + 1, event
        :: true
        fi;
        if
        :: !calm && producer_deaths < DEATHS -> producer_deaths++; goto start
        :: true
        fi;
        atomic { append() }
#else
        atomic { append() };
        if
        :: !calm && producer_deaths < DEATHS -> producer_deaths++; goto start
        :: publish()
        fi
#endif
    :: atomic { question?at, event ->
        if
#ifdef PLANT_CURSOR_WITHOUT_HASH
        :: at <= last ->
#else
        :: at <= last && journal[at] == event ->
#endif
            if
            :: at < last -> answer!term, true, at + 1, journal[at + 1]
            :: else -> answer!term, true, at + 1, 0
            fi
        :: else -> answer!term, false, 0, 0
        fi }
    :: !calm && producer_deaths < DEATHS -> producer_deaths++; goto start
    :: atomic { !calm && !copied ->
        copied = true;
        copy_last = last;
        copy_term = term;
        copy[1] = journal[1];
        copy[2] = journal[2];
        copy[3] = journal[3] }
    :: atomic { !calm && copied && !restored ->
        restored = true;
        last = copy_last;
        term = copy_term;
        journal[1] = copy[1];
        journal[2] = copy[2];
        journal[3] = copy[3] };
        goto start
    od
}

inline take(what)
{
    atomic {
        assert(durable[what]);
        assert(before[what] == leaf);
        taken[what]++;
        assert(taken[what] == 1);
#ifndef PLANT_CURSOR_APART
        cursor++;
        leaf = what
#endif
    }
#ifdef PLANT_CURSOR_APART
    if
    :: !calm && follower_deaths < DEATHS -> follower_deaths++; goto start
    :: atomic { cursor++; leaf = what }
    fi
#endif
}

active proctype follower()
{
    byte vouched, announced, stood, at, sequence, event;
    bool asked, same;
start:
    /* All but the cursor is forgotten; an answer to the one before finds nobody. */
    atomic {
        vouched = 0;
        announced = cursor;
        asked = false;
        if
        :: len(question) > 0 -> question?at, event
        :: len(question) == 0
        fi;
        if
        :: len(answer) > 0 -> answer?at, same, sequence, event
        :: len(answer) == 0
        fi
    }
end_follow:
    do
    :: atomic { !trouble && len(published) > 0 ->
            published?at, sequence, event;
            if
            :: sequence > announced -> announced = sequence
            :: else
            fi;
            if
#ifdef PLANT_ANY_TERM
            :: sequence < cursor -> vouched = 0
#else
            /* another writer: only the replay door can tell whose history it writes */
            :: at != vouched || sequence < cursor -> vouched = 0
#endif
            :: else
            fi
        };
        if
#ifdef PLANT_GAP_TAKEN
        :: vouched && sequence > cursor -> take(event)
#else
        :: vouched && sequence == cursor + 1 -> take(event)
#endif
        :: else
        fi
#ifndef PLANT_NEVER_ASKED
    /* In doubt, behind, or having heard nothing for a while; of those last questions only the ones
     * whose answer brings something are played. */
    :: atomic { !trouble && !asked && len(question) == 0 && len(answer) == 0 &&
        (vouched == 0 && !calm || announced > cursor ||
         calm && (last != cursor || journal[cursor] != leaf)) ->
        asked = true;
        stood = cursor;
        if
        :: question!cursor, leaf
        :: !calm -> asked = false /* lost, and asked again after a while */
        fi }
#endif
    :: asked && len(answer) > 0 ->
        answer?at, same, sequence, event;
        asked = false;
        if
        :: !same -> trouble = true
#ifndef PLANT_OLD_ANSWER_VOUCHES
        /* Of another writer, and we have moved since: it spoke for where we stood, not for here. */
        :: same && at != vouched && cursor != stood -> vouched = 0
        :: same && (at == vouched || cursor == stood) ->
#else
        :: same ->
#endif
            vouched = at;
            if
            :: event != 0 && sequence == cursor + 1 -> take(event)
            :: event == 0 && sequence == cursor + 1 -> announced = cursor
            :: else
            fi
        fi
    :: !calm && follower_deaths < DEATHS -> follower_deaths++; goto start
    od
}

/* Where nothing else moves, everything has arrived. */
active proctype judge()
{
    calm = true;
    timeout;
    assert(trouble || (cursor == last && leaf == journal[last]));
    assert(!trouble || restored)
}
