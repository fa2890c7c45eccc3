/* payment - the handshake of one recurring charge: autopay's request, payment's journal, Robokassa,
 * a customer who revokes, and a payment process that may die between any two steps.
 *
 * What a process has committed survives its death; everything else (an HTTP exchange under way,
 * notices on their way in, what it only remembers) may be lost. Robokassa is assumed to do the
 * worst that its protocol page allows: to capture once for every POST that arrives, to answer or
 * not, at once or late, and to send notices as often as NOTICES, or none at all.
 *
 * Checked in every state: a decision is captured at most once; what is credited was captured and is
 * credited once; no POST leaves once a revocation is acknowledged; no POST leaves before `sent` is
 * durable. Checked where nothing can move any more: the request is settled, and what was captured
 * is credited, whatever was lost on the way.
 *
 * Left to people: a capture whose every notice was lost, of an invoice that the questions had
 * already closed, is found in Robokassa's registry and resolved by a named operator.
 *
 * Plants, of which each must be found: PLANT_POST_BEFORE_SENT, PLANT_REPEATED_AFTER_RESTART,
 * PLANT_REPEATED_WITHOUT_ANSWER, PLANT_CREDITED_AGAIN, PLANT_REVOKED_CHARGED,
 * PLANT_REVOKED_REPEATED, PLANT_DECLINE_IS_FINAL, PLANT_ACKNOWLEDGED_EARLY, PLANT_NEVER_ASKED.
 * Source: services/payment/payment_decide_charge.c and payment_decide_evidence.c. */


#ifndef DEATHS
#define DEATHS 2
#endif
#ifndef NOTICES
#define NOTICES 2
#endif
#define POSTS_MAX 3 /* what a planted fault may repeat, so that its runs end */

mtype = { ABSENT, SENT, UNKNOWN, DECLINED, SUCCEEDED };
mtype = { ACCEPTED, REFUSED, NOT_CONNECTED, SILENCE }; /* how an exchange ended */

/* Durable: payment's journal. */
mtype invoice = ABSENT;
bool revoked = false;
byte credits = 0;

/* The process, gone with it: an exchange under way, and how it ended. */
bool under_way = false;
chan ended = [1] of { mtype };

/* The world. */
byte posts = 0;   /* on their way to Robokassa */
byte made = 0;    /* ever */
byte captured = 0;
byte notices = 0; /* on their way to us */
bool revocation_asked = false, revocation_acknowledged = false;
byte deaths = 0;
bool calm = false; /* nobody dies any more */
bool reconciled = false; /* the registry was read */

#define MAY_DIE (!calm && deaths < DEATHS)

inline post()
{
    atomic {
        assert(!revocation_acknowledged);
        assert(invoice != ABSENT);
        posts++;
        made++;
        under_way = true
    }
}

/* Evidence of a capture: an authentic notice, a state answer, an operator with the registry. */
inline paid()
{
    if
#ifdef PLANT_CREDITED_AGAIN
    :: credits++
#elif defined(PLANT_DECLINE_IS_FINAL)
    :: invoice != SUCCEEDED && invoice != DECLINED -> credits++
#else
    :: invoice != SUCCEEDED -> credits++
#endif
    :: else
    fi;
    assert(captured > 0);
    assert(credits <= 1);
    if
    :: credits > 0 -> invoice = SUCCEEDED
    :: else
    fi
}

active proctype payment()
{
    mtype how;
start:
    /* A boot: of what was sent and not settled nobody knows how it ended. */
    atomic {
        under_way = false;
        if
        :: ended?how
        :: empty(ended)
        fi;
        if
        :: invoice == SENT -> invoice = UNKNOWN
        :: else
        fi
    }
#ifdef PLANT_REPEATED_AFTER_RESTART
    if
    :: invoice == UNKNOWN && made < POSTS_MAX && !revoked -> post()
    :: else
    fi;
#endif
end_idle:
    do
    /* Autopay's request: one commit, then the POST. */
#ifdef PLANT_POST_BEFORE_SENT
    :: invoice == ABSENT && made < POSTS_MAX ->
        posts++;
        made++;
        under_way = true;
        if
        :: MAY_DIE -> deaths++; goto start
        :: invoice = SENT
        fi
#else
    :: invoice == ABSENT ->
        if
#ifndef PLANT_REVOKED_CHARGED
        :: revoked -> invoice = DECLINED
        :: !revoked ->
#else
        :: true ->
#endif
            invoice = SENT;
            if
            :: MAY_DIE -> deaths++; goto start
            :: post()
            fi
        fi
#endif
    :: ended?how ->
        atomic {
            under_way = false;
            if
            :: how == REFUSED && invoice != SUCCEEDED -> invoice = DECLINED
#ifdef PLANT_REVOKED_REPEATED
            :: how == NOT_CONNECTED && made < POSTS_MAX -> post()
#else
            /* No connection, so it cannot have arrived: it leaves once more, while it is wanted. */
            :: how == NOT_CONNECTED && invoice == SENT && made < POSTS_MAX -> post()
            :: how == NOT_CONNECTED && invoice == SENT && made == POSTS_MAX -> invoice = DECLINED
#endif
#ifdef PLANT_REPEATED_WITHOUT_ANSWER
            :: how == SILENCE && invoice == SENT && made < POSTS_MAX -> post()
#endif
            :: how == SILENCE && invoice == SENT -> invoice = UNKNOWN
            :: else /* accepted: evidence will come */
            fi
        }
    /* A notice is committed, then answered; an unanswered one comes again. */
    :: atomic { notices > 0 ->
        if
        :: true -> notices--; paid()
        :: MAY_DIE -> paid(); deaths++; goto start
        fi }
#ifndef PLANT_NEVER_ASKED
    /* Questions: paid; or, for half an hour on end, no such operation. */
    :: atomic { captured > 0 && (invoice == SENT || invoice == UNKNOWN) -> paid() }
    :: atomic { captured == 0 && invoice == UNKNOWN && !under_way -> invoice = DECLINED }
#endif
    /* The registry and an operator, once nothing else moves. */
    :: atomic { calm && !reconciled && captured > 0 && notices == 0 && invoice == DECLINED ->
        reconciled = true;
        paid() }
    /* A revocation: committed together with the end of a charge that waits for a connection, or
     * with the doubt about one that is under way; then acknowledged. */
    :: revocation_asked && !revocation_acknowledged ->
#ifdef PLANT_ACKNOWLEDGED_EARLY
        revocation_acknowledged = true;
        if
        :: MAY_DIE -> deaths++; goto start
        :: revoked = true
        fi;
#endif
        atomic {
            revoked = true;
            if
            :: invoice == SENT -> invoice = UNKNOWN
            :: else
            fi
        };
        if
        :: MAY_DIE -> deaths++; goto start
        :: revocation_acknowledged = true
        fi
    :: MAY_DIE -> deaths++; goto start
    od
}

inline answer(how)
{
    if
    :: under_way && len(ended) == 0 -> ended!how
    :: !under_way || len(ended) > 0 /* nobody waits for it any more */
    fi
}

active proctype robokassa()
{
end_serving:
    do
    :: atomic { posts > 0 ->
        posts--;
        if
        :: captured++;
           notices = NOTICES;
           if
           :: answer(ACCEPTED)
           :: answer(SILENCE)
           fi
        :: answer(REFUSED)
        :: answer(SILENCE) /* lost on the way */
        :: under_way && len(ended) == 0 && posts == 0 -> ended!NOT_CONNECTED
        fi;
        assert(captured <= 1) }
    /* The caller's patience ends, perhaps while the POST is on its way: it may yet arrive. */
    :: atomic { under_way && len(ended) == 0 -> ended!SILENCE }
    :: atomic { notices > 0 -> notices-- } /* lost */
    od
}

active proctype customer()
{
    if
    :: revocation_asked = true
    :: true
    fi
}

/* Where nothing else moves, everything has come out. */
active proctype judge()
{
    calm = true;
    timeout;
    assert(invoice == SUCCEEDED || invoice == DECLINED);
    assert(captured == credits);
    assert(!revocation_asked || revocation_acknowledged)
}
