# nginx -t over an include that leads nowhere.
# message: nginx-include-missing
# today: stands
# rules: include-unreadable
echo 'include snippets/gone.conf;' >>/etc/nginx/sites-enabled/example.com
nginx -t
