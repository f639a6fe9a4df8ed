//! Credit, balance, budgets and caps on spending, whatever the status.

use changeover_domain::{FailureClass, Whose};

use crate::classify::envelope::ErrorBody;
use crate::classify::words::Words;
use crate::classify::{Classified, HttpAnswer};

const CODES: [&str; 24] = [
    "insufficient_quota",
    "billing_hard_limit_reached",
    "billing_error",
    "billing_not_active",
    "insufficient_balance",
    "insufficient_credits",
    "insufficient_credit",
    "insufficient_funds",
    "insufficient_user_quota",
    "pre_consume_token_quota_failed",
    "exceeded_current_quota_error",
    "budget_exceeded",
    "payment_required",
    "credit_limit",
    "credit_limit_exceeded",
    "enforced_spend_limit_reached",
    "spend_limit_reached",
    "spend_limit_exceeded",
    "arrearage",
    "account_overdue_error",
    "balance_not_enough",
    "out_of_credits",
    "billing_limit_exceeded",
    "blocked_api_access",
];

const SAYINGS: [&str; 48] = [
    "credit balance is too low",
    "credit balance",
    "out of credits",
    "no credits",
    "any credits",
    "not enough credits",
    "insufficient credit",
    "credits are required",
    "available credits",
    "remaining credits",
    "included credits",
    "prepayment credits",
    "prepaid credits",
    "credits expired",
    "credits have expired",
    "credit limit exceeded",
    "credits are depleted",
    "insufficient balance",
    "insufficient account balance",
    "balance is insufficient",
    "balance not enough",
    "balance is too low",
    "insufficient funds",
    "not enough balance",
    "negative balance",
    " top up",
    "please recharge",
    "overdue",
    "arrears",
    "in good standing",
    "budget has been exceeded",
    "exceededbudget",
    "over budget",
    "budget exceeded",
    "exceeded budget",
    "spend limit",
    "spending limit",
    "spending cap",
    "spend cap",
    "billing hard limit",
    "extra usage is required",
    "out of extra usage",
    "api usage limits",
    "check your plan and billing",
    "payment required",
    "openrouter.ai/settings/keys",
    "openrouter.ai/settings/credits",
    "key limit exceeded",
];

/// Sentences of two parts, either of which alone says nothing.
const PAIRS: [[&str; 2]; 7] = [
    ["account is not active", "billing"],
    ["payment method", "add"],
    ["payment method", "valid"],
    ["enable billing", "free tier"],
    ["billing", "disabled"],
    ["monthly", "api usage threshold"],
    ["inactive subscription", ""],
];

/// What relays of the Chinese market say about an empty account.
const RELAYS: [&str; 5] = ["额度不足", "余额不足", "欠费", "额度已用尽", "insufficient_user_quota"];

pub(super) fn spent(answer: &HttpAnswer<'_>, error: &ErrorBody) -> Option<Classified> {
    let told = error.is_coded(&CODES) || speaks_of_money(&error.words);
    (told || answer.status == Some(402)).then(|| {
        let found =
            Classified::usual(FailureClass::SpendCap, "the account's money or budget is used up");
        // A key of another product of the vendor's: no money helps, the right key does.
        let wrong_product = error.words.all(&["need a ", " subscription"]);
        if wrong_product { found.whose(Whose::OurConfiguration) } else { found }
    })
}

fn speaks_of_money(words: &Words) -> bool {
    // Limits of a window come with an offer to pay for a wider one.
    let offer = words.any(&["rate limit reached", "tokens per min", "requests per min"]);
    let said = words.any(&SAYINGS) && !offer;
    said || PAIRS.iter().any(|pair| words.all(pair) && !offer) || words.any(&RELAYS)
}
