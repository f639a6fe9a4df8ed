//! What every vendor answers, and what each caller reads of it.

use serde_json::{Value, json};

use super::{TARGETS, parse, read, read_stream, requests, told, told_stream, vendors};
use crate::front::Door;

#[test]
fn what_each_caller_reads_of_every_vendors_answer() {
    for door in Door::ALL {
        let mut request = match door {
            Door::OpenAi => requests::openai().remove(0).1,
            Door::Anthropic => requests::anthropic().remove(0).1,
        };
        request["stream"] = json!(true);
        let front = parse(door, &request);
        for (kind, _) in TARGETS {
            let (whole, streamed) = vendors::answers(kind);
            let told: Value = json!({
                "whole": told(&front, &read(kind, &whole)),
                "streamed": told_stream(&front, &read_stream(kind, &streamed)),
            });
            let name = format!("told_{}_of_{}", door.as_str(), kind.as_str());
            insta::assert_json_snapshot!(name, told);
        }
    }
}

/// A caller hands a call back with its result, and the vendor that signed it finds its proof.
#[test]
fn a_proof_of_thought_comes_back_to_its_vendor_through_both_dialects() {
    use changeover_domain::ProviderKind::Gemini;
    let response = read(Gemini, &vendors::answers(Gemini).0);
    let openai = told(&parse(Door::OpenAi, &requests::openai().remove(0).1), &response);
    let message = openai["choices"][0]["message"].clone();
    let id = message["tool_calls"][0]["id"].clone();
    let next = json!({"model": "chat", "messages": [{"role": "user", "content": "hi"}, message,
        {"role": "tool", "tool_call_id": id, "content": "sunny"}]});
    proved(&parse(Door::OpenAi, &next));

    let anthropic = told(&parse(Door::Anthropic, &requests::anthropic().remove(0).1), &response);
    let content = anthropic["content"].clone();
    let id = content[2]["id"].clone();
    let next = json!({"model": "chat", "max_tokens": 9, "messages": [
        {"role": "user", "content": "hi"}, {"role": "assistant", "content": content},
        {"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": id, "content": "sunny"}]}]});
    proved(&parse(Door::Anthropic, &next));
}

fn proved(front: &crate::front::FrontRequest) {
    let sent = super::sent(changeover_domain::ProviderKind::Gemini, "gemini-3-flash", front);
    let turn = sent["contents"][1]["parts"].as_array().unwrap();
    let call = turn.iter().find(|part| part["functionCall"]["name"] == "weather").unwrap();
    assert_eq!(call["thoughtSignature"], "QUJD+/==");
    assert_eq!(call["functionCall"]["id"], "call_r1_1", "the vendor sees its own id");
    let result = &sent["contents"][2]["parts"][0]["functionResponse"];
    assert_eq!((&result["id"], &result["name"]), (&json!("call_r1_1"), &json!("weather")));
}
