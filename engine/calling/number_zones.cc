#include "engine/calling/number_zones.h"

namespace hookswitch {
namespace {

/// By the clock: every other zone of the area or country lies between the two.
struct Zones {
  std::string_view earliest, latest;
  std::string_view of;  // area codes or countries, each followed by a blank but the last
};

// clang-format off
constexpr Zones kAreas[] = {
    {"America/Adak", "America/Anchorage",
     "907"},
    {"America/Chicago", "America/Chicago",
     "205 210 214 217 218 224 225 228 251 254 256 262 281 309 312 314 316 318 319 320 325 331 334 337 346 361 402 "
     "405 409 414 417 430 432 447 464 469 479 501 504 507 512 515 531 534 539 563 572 573 580 601 608 612 615 618 "
     "629 630 636 641 651 659 660 662 682 708 712 713 715 726 731 737 763 769 773 779 806 815 816 817 830 832 847 "
     "870 872 901 903 913 918 920 931 936 938 940 945 952 956 972 979 985"},
    {"America/Chicago", "America/New_York",
     "219 270 364 423 448 574 606 812 850 906 930"},
    {"America/Denver", "America/Chicago",
     "308 605 620 701 785"},
    {"America/Denver", "America/Denver",
     "303 307 385 406 435 505 575 719 720 801 915 970"},
    {"America/Edmonton", "America/Edmonton",
     "368 403 587 780 825"},
    {"America/Halifax", "America/Halifax",
     "506 782 902"},
    {"America/Halifax", "America/St_Johns",
     "709"},
    {"America/Los_Angeles", "America/Denver",
     "208 458 541 775 986"},
    {"America/Los_Angeles", "America/Los_Angeles",
     "206 209 213 253 279 310 323 341 360 408 415 424 425 442 503 509 510 530 559 562 564 619 626 628 650 657 661 "
     "669 702 707 714 725 747 760 805 818 820 831 840 858 909 916 925 949 951 971"},
    {"America/New_York", "America/New_York",
     "201 202 203 207 212 215 216 220 223 229 231 234 239 240 248 252 260 267 269 272 276 283 301 302 304 305 313 "
     "315 317 321 326 330 332 336 339 347 351 352 380 386 401 404 407 410 412 413 419 434 440 443 445 463 470 475 "
     "478 484 502 508 513 516 517 518 540 551 561 567 570 571 582 585 586 603 607 609 610 614 616 617 631 640 646 "
     "656 667 678 680 681 689 703 704 706 716 717 718 724 727 732 734 740 743 754 757 762 765 770 771 772 774 781 "
     "786 802 803 804 810 813 814 826 828 838 839 843 845 848 854 856 857 859 860 862 863 864 865 878 904 908 910 "
     "912 914 917 919 929 934 937 941 943 947 948 954 959 973 978 980 984 989"},
    {"America/Phoenix", "America/Denver",
     "928"},
    {"America/Phoenix", "America/Phoenix",
     "480 520 602 623"},
    {"America/Regina", "America/Regina",
     "306 474 639"},
    {"America/Toronto", "America/Halifax",
     "367 418 581"},
    {"America/Toronto", "America/Toronto",
     "226 249 263 289 343 365 416 437 438 450 468 514 519 548 579 613 647 705 742 753 819 873 905"},
    {"America/Vancouver", "America/Edmonton",
     "236 250 672 778"},
    {"America/Vancouver", "America/Vancouver",
     "604"},
    {"America/Whitehorse", "America/Iqaluit",
     "867"},
    {"America/Winnipeg", "America/Toronto",
     "807"},
    {"America/Winnipeg", "America/Winnipeg",
     "204 431 584"},
    {"Pacific/Honolulu", "Pacific/Honolulu",
     "808"},
};

constexpr Zones kCountries[] = {
    {"America/Thule", "America/Scoresbysund", "GL"},
    {"America/Rio_Branco", "America/Noronha", "BR"},
    {"America/Tijuana", "America/Cancun", "MX"},
    {"America/Vancouver", "America/St_Johns", "CA"},
    {"Africa/Kinshasa", "Africa/Lubumbashi", "CD"},
    {"Asia/Aqtau", "Asia/Almaty", "KZ"},
    {"Asia/Hovd", "Asia/Ulaanbaatar", "MN"},
    {"Asia/Jakarta", "Asia/Jayapura", "ID"},
    {"Atlantic/Azores", "Europe/Lisbon", "PT"},
    {"Atlantic/Canary", "Europe/Madrid", "ES"},
    {"Australia/Perth", "Australia/Lord_Howe", "AU"},
    {"Europe/Kaliningrad", "Asia/Kamchatka", "RU"},
    {"Pacific/Auckland", "Pacific/Chatham", "NZ"},
    {"Pacific/Chuuk", "Pacific/Pohnpei", "FM"},
    {"Pacific/Easter", "America/Punta_Arenas", "CL"},
    {"Pacific/Galapagos", "America/Guayaquil", "EC"},
    {"Pacific/Honolulu", "America/New_York", "US"},
    {"Pacific/Port_Moresby", "Pacific/Bougainville", "PG"},
    {"Pacific/Tahiti", "Pacific/Gambier", "PF"},
    {"Pacific/Tarawa", "Pacific/Kiritimati", "KI"},
};
// clang-format on

template <size_t N>
std::vector<std::string> find(const Zones (&table)[N], std::string_view code) {
  for (const Zones& zones : table) {
    for (size_t at = 0; at < zones.of.size(); at += code.size() + 1) {
      if (zones.of.substr(at, code.size()) != code) continue;
      if (zones.earliest == zones.latest) return {std::string(zones.earliest)};
      return {std::string(zones.earliest), std::string(zones.latest)};
    }
  }
  return {};
}

}  // namespace

std::vector<std::string> zones_of_area(std::string_view e164) {
  constexpr size_t kCode = 3;
  if (e164.size() <= 2 + kCode || !e164.starts_with("+1")) return {};
  return find(kAreas, e164.substr(2, kCode));
}

std::vector<std::string> ends_of_country(std::string_view country) {
  if (country.size() != 2) return {};
  return find(kCountries, country);
}

}  // namespace hookswitch
