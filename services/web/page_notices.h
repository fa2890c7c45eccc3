#pragma once
// page_notices - by which e-mail address or webhook an account is told, of what, and what it was
// told last.
//
// A form is one command. An address is confirmed by the code that was mailed to it, typed or
// brought by the link in that e-mail: the link fills the form in, and a press confirms, so that no
// scanner of e-mails does. A webhook's secret is made by us and stands in the form before it is
// saved, the only time that it is shown. Ownership, failures, threads: as web_visit.h. Source:
// docs/rules.md "Contacts", "Notices to contacts".
#include "services/web/web_visit.h"

web_step_fn page_notices_show, page_notices_email, page_notices_webhook, page_notices_confirm,
    page_notices_choose_email, page_notices_choose_webhook, page_notices_erase;
