# The name is gone from nginx.
# renewal: works
# nginx: has the new certificate
# says:
site <<'END'
server { listen 80; server_name example.com www.example.com; root /var/www/html; }
END
certbot certonly --nginx --domain example.com --domain www.example.com
enable tls
