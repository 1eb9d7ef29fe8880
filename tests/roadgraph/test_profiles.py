import pytest

from geo_registry.roadgraph import Mode, ProfileError

from .conftest import profile


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("speed_m_s", 0.0),
        ("speed_m_s", -1.0),
        ("speed_m_s", float("nan")),
        ("off_road_speed_m_s", 0.0),
        ("off_road_speed_m_s", float("inf")),
        ("snap_limit_m", -1.0),
        ("detour_factor", 0.9),
        ("winter_factor", 0.0),
        ("winter_factor", 1.1),
        ("straight_line_speed_m_s", 0.0),
    ],
)
def test_a_value_out_of_range_is_named_with_its_field(field, value):
    with pytest.raises(ProfileError) as caught:
        profile(**{field: value})
    assert field in str(caught.value)
    assert str(value) in str(caught.value)
    assert "walk" in str(caught.value)


def test_a_speed_of_zero_for_one_road_class_names_the_class():
    with pytest.raises(ProfileError, match="primary"):
        profile(speed_by_class_m_s={"primary": 0.0})


def test_a_profile_without_any_speed_is_refused():
    with pytest.raises(ProfileError, match="neither"):
        profile(speed_m_s=None)


def test_an_unknown_mode_is_refused():
    with pytest.raises(ProfileError, match="horse"):
        profile(mode="horse")


def test_an_empty_code_is_refused():
    with pytest.raises(ProfileError, match="code"):
        profile(code=" ")


def test_an_error_can_be_told_in_another_language():
    with pytest.raises(ProfileError) as caught:
        profile(speed_m_s=0.0)
    told = caught.value.render(lambda template: "出行方式“{code}”：{field} 必须大于 0，现为 {value}。")
    assert told == "出行方式“walk”：speed_m_s 必须大于 0，现为 0.0。"


def test_winter_slows_every_speed_once():
    winter = profile(
        speed_by_class_m_s={"track": 0.8}, straight_line_speed_m_s=0.9, winter_factor=0.5
    ).in_winter()
    assert winter.speed_m_s == 0.5
    assert winter.speed_by_class_m_s["track"] == 0.4
    assert winter.off_road_speed_m_s == 0.25
    assert winter.straight_line_speed_m_s == 0.45
    assert winter.winter_factor == 1.0
    assert winter.code == "walk@winter"


def test_walkers_keep_off_motorways_and_drivers_off_steps():
    assert "motorway" in profile().closed_classes
    assert "steps" in profile(mode=Mode.CAR).closed_classes


def test_a_straight_line_needs_a_speed_of_its_own_where_speeds_go_by_class():
    by_class = {"speed_m_s": None, "speed_by_class_m_s": {"primary": 20.0}}
    with pytest.raises(ProfileError, match="straight"):
        profile(**by_class).speed_in_a_straight_line_m_s()
    assert profile(**by_class, straight_line_speed_m_s=7.0).speed_in_a_straight_line_m_s() == 7.0


def test_the_table_of_speeds_cannot_be_changed_afterwards():
    speeds = {"primary": 1.0}
    one = profile(speed_by_class_m_s=speeds)
    speeds["primary"] = 9.0
    assert one.speed_by_class_m_s["primary"] == 1.0
    with pytest.raises(TypeError):
        one.speed_by_class_m_s["primary"] = 9.0
