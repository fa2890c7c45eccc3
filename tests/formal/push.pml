/* push - the platform pushes its usage: batches that get lost and doubled, a receiver that decides
 * at once, commits later and answers only then, and that may die, or fail to commit, at any step.
 *
 * Items are numbered without a gap; the sender keeps an item until it is acknowledged and then
 * forgets it for good.
 *
 * Checked in every state: what is acknowledged is durable; every item has its effect at most once.
 * Checked where nothing can move any more: every item has had its effect.
 *
 * Plants, of which each must be found: PLANT_ACKNOWLEDGED_EARLY, PLANT_DUPLICATE_FROM_MEMORY,
 * PLANT_NO_CURSOR, PLANT_COMMIT_ERROR_IGNORED, PLANT_GAP_TAKEN.
 * Source: services/node/node_feeds.c; proto/PROTOCOL.md §8. */

#ifndef ITEMS
#define ITEMS 3
#endif
#ifndef DEATHS
#define DEATHS 2
#endif

/* Durable: the receiver's journal. */
byte durable_cursor = 0;
byte durable_effects[ITEMS + 1];

/* Of the receiver alone: what it decided, and whom it owes an answer once that is committed. */
byte cursor = 0;
byte effects[ITEMS + 1];
bool owes = false;

/* Of the sender. */
byte acknowledged = 0;

chan pushed = [2] of { byte };   /* an item's number */
chan answered = [2] of { byte }; /* all up to here is durable */

byte deaths = 0;
bool calm = false;
#define MAY_DIE (!calm && deaths < DEATHS)

inline answer(upto)
{
    if
    :: nfull(answered) -> answered!upto
    :: !calm /* lost */
    fi
}

active proctype sender()
{
    byte upto, next;
end_send:
    do
    /* Any item that is not acknowledged may be sent again, and again. */
    :: atomic { !calm && acknowledged < ITEMS && nfull(pushed) ->
        next = acknowledged + 1;
        if
        :: pushed!next
        :: next < ITEMS -> pushed!(next + 1) /* the one before got lost, or is under way */
        fi }
    :: atomic { calm && acknowledged < ITEMS && len(pushed) == 0 && len(answered) == 0 &&
                !owes && cursor == durable_cursor ->
        pushed!(acknowledged + 1) }
    :: atomic { answered?upto ->
        if
        :: upto > acknowledged ->
            acknowledged = upto;
            assert(acknowledged <= durable_cursor)
        :: else
        fi }
    od
}

active proctype receiver()
{
    byte item, i;
start:
    atomic {
        cursor = durable_cursor;
        owes = false;
        i = 1;
        do
        :: i <= ITEMS -> effects[i] = durable_effects[i]; i++
        :: else -> break
        od
    }
end_receive:
    do
    :: atomic { pushed?item ->
        if
#ifdef PLANT_NO_CURSOR
        :: item <= cursor + 1 -> effects[item]++; if :: item > cursor -> cursor = item :: else fi
#elif defined(PLANT_GAP_TAKEN)
        :: item > cursor -> effects[item]++; cursor = item
#else
        :: item == cursor + 1 -> effects[item]++; cursor = item
#endif
#ifdef PLANT_DUPLICATE_FROM_MEMORY
        :: item <= cursor -> answer(cursor)
#else
        :: item <= cursor /* a duplicate: its answer waits for the same commit */
#endif
        :: item > cursor + 1 /* a gap: the answer says from where to send */
        fi;
        owes = true }
#ifdef PLANT_ACKNOWLEDGED_EARLY
    :: atomic { owes -> owes = false; answer(cursor) }
#endif
    :: owes || cursor != durable_cursor ->
        if
        :: atomic { true ->
            durable_cursor = cursor;
            i = 1;
            do
            :: i <= ITEMS ->
                durable_effects[i] = effects[i];
                assert(durable_effects[i] <= 1);
                i++
            :: else -> break
            od }
        :: MAY_DIE -> /* the commit failed: the process stops */
            deaths++;
#ifdef PLANT_COMMIT_ERROR_IGNORED
            skip
#else
            goto start
#endif
        fi;
        if
        :: MAY_DIE -> deaths++; goto start
        :: owes -> owes = false; answer(cursor)
        :: !owes
        fi
    :: MAY_DIE -> deaths++; goto start
    od
}

active proctype network()
{
    byte item;
end_lose:
    do
    :: atomic { !calm && nempty(pushed) -> pushed?item }
    :: atomic { !calm && nempty(answered) -> answered?item }
    od
}

/* Where nothing else moves, everything has arrived. */
active proctype judge()
{
    byte i;
    calm = true;
    timeout;
    assert(acknowledged == ITEMS);
    i = 1;
    do
    :: i <= ITEMS -> assert(durable_effects[i] == 1); i++
    :: else -> break
    od
}
