use super::words::lasting;
use changeover_domain::UnixMs;

#[test]
fn times_are_told_in_the_two_units_that_matter() {
    let told = |seconds: i64| lasting(UnixMs(0), UnixMs(seconds * 1_000));
    assert_eq!(told(12), "12 s");
    assert_eq!(told(200), "3 min 20 s");
    assert_eq!(told(7_500), "2 h 5 min");
    assert_eq!(lasting(UnixMs(5_000), UnixMs(0)), "0 s", "clocks that disagree make no time");
}
